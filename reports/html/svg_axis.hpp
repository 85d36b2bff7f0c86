#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

/// Axes of charts that are drawn as SVG; charts.hpp describes the charts.
namespace splitbench::svg {

/// A value that is marked on an axis.
struct Tick {
  double value = 0;
  std::string text;
};

/// An axis of a drawing: it has a place for each value from `low` to `high`, by their logarithms if
/// `log`. Places run from `begin` to `end`, which may be the smaller one.
struct DrawnAxis {
  double low = 0, high = 1;
  bool log = false;
  double begin = 0, end = 1;
  std::vector<Tick> ticks;

  double place(double value) const;
};

/// The choices of a round_axis().
struct RoundAxis {
  bool log = false;
  bool from_zero = false;  ///< a linear axis has 0, too
};

/// Returns an axis over all of the values, with about five ticks at round numbers. Without a value,
/// or without one above 0 for a logarithmic one, it is linear to 1.
DrawnAxis round_axis(const std::vector<double>& values, const RoundAxis& wanted);

/// Returns an axis of percentiles, as "one in so many" samples, from the first to that of the
/// largest value.
DrawnAxis percentile_axis(const std::vector<double>& values);

/// Returns an axis with a tick for each label of `axis`, an axis of a chart that has labels: at its
/// number, or at 0, 1, 2 if the labels are no numbers.
DrawnAxis labelled_axis(const nlohmann::ordered_json& axis, bool log);

/// Returns a number in four digits, or as many as its whole part has.
std::string number_text(double value);

}  // namespace splitbench::svg
