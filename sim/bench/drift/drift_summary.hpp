#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reports/report.hpp"
#include "sim/bench/drift/drift_lab.hpp"

namespace splitbench {

/// How one case came through one kind of drift.
struct DriftSummary {
  std::string kind;
  DriftCase of;
  double lowest_ratio = 0;
  double last_ratio = 0;
  double last_of_best = 0;  ///< the last ratio as a share of the best codebooks'
  /// Requests from the first that had drifted until the ratio was within 1% of the best codebooks'
  /// for good; nothing where it ended below.
  std::optional<std::uint64_t> back_after;
  std::uint64_t most_changes = 0;            ///< of one scope
  std::optional<double> below_1_1, below_1;  ///< the drift at which the ratio first was
  double worst_expansion = 0;                ///< bytes more than raw, as a share of them
  double escape_rate = 0;
  double stored_share = 0;
  double encode_bytes_per_s = 0;
  double decode_bytes_per_s = 0;
  std::optional<double> encode_of_fixed;  ///< speed as a share of policy fixed's with the scope
};

/// Rows of a kind stand together, by step and in each step by case. In the order of kinds and
/// cases.
std::vector<DriftSummary> summarize_drift(std::span<const DriftRow> rows);

/// The series of each summary, in their order.
std::vector<DriftSeries> drift_series(std::span<const DriftRow> rows);

}  // namespace splitbench
