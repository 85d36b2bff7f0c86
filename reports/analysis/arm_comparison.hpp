#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

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

/// Where a row stands: the values of all its axes but the arm. Of a single run all stand at one
/// place.
using RowPlace = std::map<std::string, std::string>;
RowPlace place_of(const Row& row);

/// What rows are compared with: the raw row at the same place, the first if there are more. It
/// refers to the report.
class RawRows {
 public:
  explicit RawRows(const Report& report);

  bool empty() const { return by_place_.empty(); }

  /// Null where there is none, and beside a raw row itself.
  const Row* beside(const Row& row) const;

 private:
  std::map<RowPlace, const Row*> by_place_;
};

/// Whether everything that an arm of this name sends has been through a codec, always the same one:
/// so its figures are that codec's.
constexpr bool is_codec_arm(std::string_view arm) {
  return arm != "raw" && arm != "bypass" && arm != "auto";
}

/// The arm that answers are about: splitzip where it is there, else the first that is a codec's.
/// Empty where there is none.
std::string answered_arm(const Report& report);

}  // namespace splitbench
