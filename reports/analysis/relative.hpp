#pragma once
#include <optional>
#include <string>

#include "reports/report.hpp"

namespace splitbench {

/// How a figure of one row compares with that of another.
struct Relative {
  /// above 1 is better, by Column::better: 2 is half the latency or twice the rate
  double gain = 1;
  bool noise = false;  ///< as within_noise says

  bool operator==(const Relative&) const = default;
};

/// Neither noise nor too little to speak of: at least half a percent.
bool is_difference(const Relative& change);

/// The difference of a figure that both rows have is no larger than the two confidence intervals'
/// half widths, added as independent errors are: the root of the sum of their squares. Without
/// intervals (one repeat) no difference is noise.
bool within_noise(const std::string& key, const Row& base, const Row& candidate);

/// None where the column is neither better high nor low, a figure is absent, or a ratio would be of
/// or by nothing.
std::optional<Relative> relative(const Column& column, const Row& base, const Row& candidate);

/// For a table: "1.31x", "~" within the noise, nothing where there is no comparison.
std::string gain_text(const std::optional<Relative>& change);

}  // namespace splitbench
