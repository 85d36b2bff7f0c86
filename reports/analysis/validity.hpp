#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "reports/report.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// The largest part of a figure that the testbed's own time, or a codec slowed down by it, may be.
inline constexpr double kMaxEffect = 0.01;
/// The most by which the codec's stages may be slower in a run than alone.
inline constexpr double kMaxStageInflation = 0.10;
/// The largest half-width of the 95% interval of stage_inflation, where that interval does not lie
/// within the limits as a whole.
inline constexpr double kMaxInflationError = 0.03;
/// The largest share of late chunks (SelfCheck::late_arrivals).
inline constexpr double kMaxLateArrivals = 0.01;

/// The outcomes of the measured requests of one arm, over its runs.
class Outcome {
 public:
  void add(const RunRecord& run);

  std::uint64_t all() const;
  std::uint64_t count(Status status) const { return of(status).requests; }
  /// Returns the first request with this status and its failure: "request 11 of repeat 1: decode 0:
  /// bad frame". Empty if there is none.
  const std::string& first(Status status) const { return of(status).first; }

 private:
  struct Count {
    std::uint64_t requests = 0;
    std::string first;
  };
  const Count& of(Status status) const { return counts_[static_cast<std::size_t>(status)]; }

  std::array<Count, kStatusNames.size()> counts_;
};

/// Returns whether any two transfers of a run, or shards of one, were under way at the same time.
bool transfers_compete(const RunRecord& run);

/// Judges a report whose rows are complete, figure by figure, by the rules at Summarizer: fills
/// Row::invalid, sets the status of each row and meta.valid, and adds one warning for each cause,
/// over all arms and repeats. `outcomes` has an entry for each arm. `competing` says that transfers
/// of some run competed.
void judge(Report& report, const std::map<std::string, Outcome>& outcomes, bool competing,
           std::span<const SelfCheck> checks);

}  // namespace splitbench
