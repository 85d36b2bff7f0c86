#include "reports/text/histogram_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <iterator>
#include <numeric>

#include "reports/analysis/histogram_shape.hpp"
#include "reports/columns.hpp"
#include "reports/quantity_text.hpp"

namespace splitbench {
namespace {

constexpr std::size_t kMargin = 6;  // columns each side: for a mark's name or half an axis label
constexpr std::size_t kColumns = 100 - 2 * kMargin;
constexpr int kLines = 4;  // lines of text of the highest bar
constexpr int kEighths = 8;
constexpr std::array<std::string_view, kEighths + 1> kBars = {" ", "▁", "▂", "▃", "▄",
                                                              "▅", "▆", "▇", "█"};

/// A line of text, addressed by the columns of a terminal.
class Cells {
 public:
  explicit Cells(std::string_view everywhere) : cells_(kColumns + 2 * kMargin, " ") {
    std::fill_n(cells_.begin() + kMargin, kColumns, everywhere);
  }

  /// Writes text from `column` of the drawing on; the margins can be written as well.
  void put(std::ptrdiff_t column, std::string_view utf8) {
    std::ptrdiff_t cell = static_cast<std::ptrdiff_t>(kMargin) + column - 1;
    for (const char byte : utf8) {
      const bool goes_on = (byte & 0xC0) == 0x80;
      if (!goes_on) ++cell;
      std::string& target = cells_.at(static_cast<std::size_t>(cell));
      if (!goes_on) target.clear();
      target += byte;
    }
  }

  std::string text() const {
    std::string text = std::accumulate(cells_.begin(), cells_.end(), std::string());
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
  }

 private:
  std::vector<std::string> cells_;
};

/// Returns how many samples fall into each column; those of a bucket are spread evenly over it.
std::vector<double> samples_by_column(const Histogram& histogram, const HistogramAxis& axis) {
  std::vector<double> samples(kColumns, 0);
  for (const Histogram::Bucket& bucket : histogram.buckets()) {
    const double from = axis.position_of(seconds(bucket.low));
    const double to = axis.position_of(seconds(bucket.low + bucket.width));
    const auto first = std::min(static_cast<std::size_t>(from), kColumns - 1);
    const auto last = std::min(static_cast<std::size_t>(to), kColumns - 1);
    for (std::size_t column = first; column <= last; ++column) {
      const auto left = static_cast<double>(column);
      const double share =
          first == last ? 1 : (std::min(to, left + 1) - std::max(from, left)) / (to - from);
      samples[column] += share * static_cast<double>(bucket.count);
    }
  }
  return samples;
}

/// Returns a bar's height in eighths of a line, at least one if there are any samples.
int height_of(double samples, double most) {
  if (samples <= 0) return 0;
  return std::max(1, static_cast<int>(std::lround(samples / most * kLines * kEighths)));
}

std::string bars_text(const std::vector<double>& samples, double most) {
  std::string text;
  for (int line = kLines - 1; line >= 0; --line) {
    Cells cells(" ");
    for (std::size_t column = 0; column < kColumns; ++column) {
      const int filled =
          std::clamp(height_of(samples[column], most) - line * kEighths, 0, kEighths);
      cells.put(static_cast<std::ptrdiff_t>(column), kBars[static_cast<std::size_t>(filled)]);
    }
    text += cells.text();
  }
  return text;
}

/// Returns the line of marks. p50 has its name before it and p99 behind it, so that they never
/// meet.
std::string marks_text(const Histogram& histogram, const HistogramAxis& axis) {
  Cells cells("─");
  const auto p50 = static_cast<std::ptrdiff_t>(axis.column_of(histogram.quantile(0.5)));
  const auto p99 = static_cast<std::ptrdiff_t>(axis.column_of(histogram.quantile(0.99)));
  cells.put(p50 - 3, "p50▲");
  cells.put(p99, "▲p99");
  return cells.text();
}

/// Returns the axis. Labels are centred below their ticks; one that would touch its neighbour is
/// left out.
std::string axis_text(const HistogramAxis& axis) {
  Cells line("─"), labels(" ");
  std::ptrdiff_t free = -static_cast<std::ptrdiff_t>(kMargin);
  for (const auto& [column, text] : axis.ticks()) {
    const auto width = std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; });
    const auto begin = static_cast<std::ptrdiff_t>(column) - width / 2;
    line.put(static_cast<std::ptrdiff_t>(column), "┬");
    if (begin < free) continue;
    labels.put(begin, text);
    free = begin + width + 1;
  }
  return line.text() + labels.text();
}

struct Arm {
  std::string name;
  Histogram histogram;
};

/// Returns the arms that have samples.
std::vector<Arm> arms_of(const Report& report, std::string_view latency,
                         const std::vector<std::string>& names) {
  std::vector<Arm> arms;
  for (const std::string& name : names) {
    const auto of_arm = report.histograms.find(name);
    if (of_arm == report.histograms.end()) continue;
    const auto found = of_arm->second.find(std::string(latency));
    if (found != of_arm->second.end() && found->second.count() > 0)
      arms.push_back({name, found->second});
  }
  return arms;
}

std::string title_of(std::string_view latency) {
  const auto found = std::ranges::find(kLatencies, latency, &Latency::key);
  return std::string(found == kLatencies.end() ? latency : found->title);
}

/// Returns ", p50 132.2 ms, p99 140 ms", which the report has from the samples themselves; a figure
/// that it lacks is left out.
std::string percentiles_text(const Report& report, std::string_view latency,
                             const std::string& arm) {
  const auto row = std::ranges::find_if(
      report.rows, [&](const Row& each) { return each.axes.at("arm") == arm; });
  std::string text;
  for (const char* percentile : {"p50", "p99"}) {
    if (row == report.rows.end()) continue;
    const auto value = row->values.find(fmt::format("{}_{}", latency, percentile));
    if (value != row->values.end())
      text += fmt::format(", {} {}", percentile, quantity_text(value->second, "s"));
  }
  return text;
}

}  // namespace

std::string to_histogram_text(const Report& report, std::string_view latency,
                              const std::vector<std::string>& arms) {
  const std::vector<Arm> shown = arms_of(report, latency, arms);
  if (shown.empty()) return "";
  std::vector<Histogram> histograms;
  std::ranges::transform(shown, std::back_inserter(histograms), &Arm::histogram);
  const HistogramAxis axis(histograms, kColumns);

  std::vector<std::vector<double>> samples;
  double most = 0;
  for (const Histogram& histogram : histograms) {
    samples.push_back(samples_by_column(histogram, axis));
    most = std::max(most, std::ranges::max(samples.back()));
  }
  std::string text = title_of(latency) + (axis.logarithmic() ? ", logarithmic axis\n" : "\n");
  for (std::size_t i = 0; i < shown.size(); ++i)
    text += fmt::format("\n  {}: {} samples{}\n", shown[i].name, shown[i].histogram.count(),
                        percentiles_text(report, latency, shown[i].name)) +
            bars_text(samples[i], most) + marks_text(shown[i].histogram, axis);
  return text + "\n" + axis_text(axis);
}

}  // namespace splitbench
