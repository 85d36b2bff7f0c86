#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reports/report.hpp"
#include "sim/bench/drift/drift_lab.hpp"

namespace splitbench {

/// The result of one case under one kind of drift.
struct DriftSummary {
  std::string kind;
  DriftCase of;
  double lowest_ratio = 0;
  double last_ratio = 0;
  double last_of_best = 0;  ///< the last ratio as a share of the best codebooks'
  /// The number of requests from the first that had drifted until the ratio was within 1% of the
  /// best codebooks' for good; nothing if it ended below.
  std::optional<std::uint64_t> back_after;
  std::uint64_t most_changes = 0;            ///< most changes of one scope
  std::optional<double> below_1_1, below_1;  ///< drift when the ratio first fell so low
  double worst_expansion = 0;                ///< bytes beyond the raw ones, as a share of them
  double escape_rate = 0;
  double stored_share = 0;
  double encode_bytes_per_s = 0;
  double decode_bytes_per_s = 0;
  std::optional<double> encode_of_fixed;  ///< speed as a share of policy fixed's with the scope
};

/// Returns a summary per kind and case, in the order of their first rows. The rows of a kind and
/// case must be ordered by step.
std::vector<DriftSummary> summarize_drift(std::span<const DriftRow> rows);

/// The series of each summary, in their order.
std::vector<DriftSeries> drift_series(std::span<const DriftRow> rows);

}  // namespace splitbench
