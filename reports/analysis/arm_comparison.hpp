#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/report.hpp"

namespace splitbench {

/// The comparison of a figure of one row with that of another.
struct Relative {
  /// Above 1 is better, by Column::better: 2 is half the latency or twice the rate.
  double gain = 1;
  bool noise = false;  ///< result of within_noise()

  bool operator==(const Relative&) const = default;
};

/// Returns whether a change is beyond the noise and at least half a percent.
bool is_difference(const Relative& change);

/// Returns the difference of a figure, which both rows must have, `candidate` minus `base`, with
/// its 95% confidence interval. As many repeats in both are compared pair by pair: of two arms both
/// of a pair served the same requests, so that what was drawn cancels. Else the half widths of the
/// two intervals are added as independent errors are: the root of the sum of their squares. Without
/// intervals (one repeat) the error is 0.
Estimate difference(const std::string& key, const Row& base, const Row& candidate);

/// Returns whether a difference() is no larger than its error; of the highest rates that two
/// searches found, whether the ranges overlap that the searches left for them.
bool within_noise(const std::string& key, const Row& base, const Row& candidate);

/// Returns the comparison of a figure; nothing if the column is neither better high nor low, or a
/// figure is absent or not above 0.
std::optional<Relative> relative(const Column& column, const Row& base, const Row& candidate);

/// The gain from which on an arm is said to pay: less would not be worth its cost to operators.
inline constexpr double kPays = 1.05;

/// Returns whether a change is beyond the noise and a gain of at least kPays.
bool pays(const Relative& change);

/// Returns whether the row's system did not carry its load (Verdict::overloaded).
bool is_overloaded(const Row& row);

/// Returns whether an answer may use a row's figure: it is valid, and not of an overloaded system,
/// whose figures say how long the run was. The highest rate within the SLOs never is one of those.
bool is_comparable(const Row& row, const std::string& key);

/// Returns the gain for a table: "1.31x", "~" within the noise, an empty text without a comparison.
std::string gain_text(const std::optional<Relative>& change);

/// The place of a row in a sweep: the values of all its axes but the arm. All rows of a single run
/// have the same place.
using RowPlace = std::map<std::string, std::string>;
RowPlace place_of(const Row& row);

/// The raw rows of a report, with which other rows are compared: at each place the first one. Holds
/// pointers into the report, which must outlive it.
class RawRows {
 public:
  explicit RawRows(const Report& report);

  bool empty() const { return by_place_.empty(); }

  /// Returns the raw row at the place of `row`, which is one of the report's; null if there is none
  /// or it is `row` itself.
  const Row* beside(const Row& row) const;

 private:
  std::map<RowPlace, const Row*> by_place_;
};

/// Returns whether everything that an arm of this name sends has been through one and the same
/// codec, so that its figures are that codec's.
constexpr bool is_codec_arm(std::string_view arm) {
  return arm != "raw" && arm != "bypass" && arm != "auto";
}

/// Returns the arms that answers are about, in the order of the rows: all but raw and bypass, which
/// compress nothing.
std::vector<std::string> answered_arms(const Report& report);

}  // namespace splitbench
