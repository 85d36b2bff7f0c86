#include "reports/html/svg_axis.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <span>

namespace splitbench::svg {
namespace {

using Json = nlohmann::ordered_json;

/// Returns 1, 2 or 5 times a power of ten: the smallest that is no less than `least`.
double round_step(double least) {
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (const double lead : {1, 2, 5})
    if (lead * power >= least * (1 - 1e-9)) return lead * power;
  return 10 * power;
}

DrawnAxis linear_axis(double lowest, double highest) {
  constexpr double kSteps = 5;
  constexpr int kMostTicks = 20;  // more are numbers that a double cannot tell apart
  const double step = round_step((highest > lowest ? highest - lowest : 1) / kSteps);
  const double first = std::floor(lowest / step + 1e-9);
  const double last = std::max(first + 1, std::ceil(highest / step - 1e-9));
  DrawnAxis axis{.low = step * first, .high = step * last};
  for (int i = 0; i <= kMostTicks && i <= last - first; ++i) {
    const double value = (first + i) * step;
    axis.ticks.push_back({value, number_text(value)});
  }
  return axis;
}

/// Returns the values from `low` to `high` that are one of the leads times a power of ten.
std::vector<Tick> ticks_between(double low, double high, std::span<const double> leads) {
  const auto exponent_of = [](double value) {
    return static_cast<int>(std::floor(std::log10(value)));
  };
  std::vector<Tick> ticks;
  for (int exponent = exponent_of(low); exponent <= exponent_of(high); ++exponent)
    for (const double lead : leads)
      if (const double value = lead * std::pow(10, exponent); value >= low && value <= high)
        ticks.push_back({value, number_text(value)});
  return ticks;
}

/// Returns an axis on which 1, 2 and 5 times each power of ten are marked, or the powers alone if
/// there are many; where these are fewer than four, 3 times each power as well, or every digit.
/// plot.js does the same.
DrawnAxis log_axis(double low, double high) {
  constexpr double kFewDecades = 200;
  constexpr std::size_t kEnough = 4;
  using Leads = std::vector<double>;
  static const std::array<Leads, 3> kFew = {{{1, 2, 5}, {1, 2, 3, 5}, {1, 2, 3, 4, 5, 6, 7, 8, 9}}};
  static const std::array<Leads, 3> kMany = {{{1}, {1, 3}, {1, 2, 5}}};
  if (low == high) high = 2 * low;
  DrawnAxis axis{.low = low, .high = high, .log = true};
  for (const Leads& leads : high / low < kFewDecades ? kFew : kMany)
    if (axis.ticks.size() < kEnough) axis.ticks = ticks_between(low, high, leads);
  return axis;
}

std::string percentile_text(double one_in) {
  const double digits = std::max(2.0, std::ceil(std::log10(one_in)) + 1);
  return fmt::format("{:.{}g}%", 100 - 100 / one_in, static_cast<int>(digits));
}

}  // namespace

double DrawnAxis::place(double value) const {
  const double share =
      log ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
  return std::lerp(begin, end, share);
}

DrawnAxis round_axis(const std::vector<double>& values, const RoundAxis& wanted) {
  const double highest = values.empty() ? 0 : std::ranges::max(values);
  const double lowest = values.empty() ? 0 : std::ranges::min(values);
  std::vector<double> positive = values;
  std::erase_if(positive, [](double value) { return !(value > 0); });
  if (wanted.log && !positive.empty()) return log_axis(std::ranges::min(positive), highest);
  return linear_axis(wanted.from_zero ? std::min(0.0, lowest) : lowest, highest);
}

DrawnAxis percentile_axis(const std::vector<double>& values) {
  DrawnAxis axis{
      .low = 1, .high = std::max(2.0, values.empty() ? 0 : std::ranges::max(values)), .log = true};
  for (const double mark : {1.0, 2.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6})
    if (mark <= axis.high) axis.ticks.push_back({mark, percentile_text(mark)});
  return axis;
}

DrawnAxis labelled_axis(const Json& axis, bool log) {
  DrawnAxis drawn{.log = log};
  const Json& labels = axis.at("labels");
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const double value =
        axis.at("numbers").is_null() ? static_cast<double>(i) : axis.at("numbers")[i].get<double>();
    drawn.ticks.push_back({value, labels[i].get<std::string>()});
  }
  if (drawn.ticks.empty()) return drawn;
  const auto [low, high] = std::ranges::minmax(drawn.ticks, {}, &Tick::value);
  drawn.low = low.value;
  drawn.high = high.value > low.value ? high.value : low.value + 1;
  return drawn;
}

std::string number_text(double value) {
  if (std::abs(value) >= 1000) return fmt::format("{:.0f}", value);
  return fmt::format("{:.4g}", value);
}

}  // namespace splitbench::svg
