#include <algorithm>
#include <fmt/format.h>
#include <optional>

#include "reports/text/answer.hpp"

namespace splitbench {
namespace {

constexpr double kBack = 0.99;  // share of the best possible ratio

using Point = DriftSeries::Point;

bool is_short(const Point& point) {
  return point.ratio && point.ideal_ratio && *point.ratio < kBack * *point.ideal_ratio;
}

/// Returns the point with the lowest ratio; null if none has one.
const Point* lowest(const DriftSeries& series) {
  const Point* found = nullptr;
  for (const Point& point : series.points)
    if (point.ratio && (found == nullptr || *point.ratio < *found->ratio)) found = &point;
  return found;
}

std::string sentence_of_run(const DriftSeries& series) {
  const Point* low = lowest(series);
  if (low == nullptr || !low->ideal_ratio) return "";
  std::string text = fmt::format(
      "ratio while the exponents drifted: {:.3f} at worst (request {}, "
      "where the best codebooks give {:.3f})",
      *low->ratio, low->request, *low->ideal_ratio);
  const std::optional<std::uint64_t> back = back_at(series);
  if (!back) return text + ", not back within 1% of the best by the end";
  if (*back == series.points.front().request) return text + ", never more than 1% below the best";
  return text + fmt::format(", within 1% of the best for good from request {}", *back);
}

std::string sentence_of_policy(const Report& report, const std::string& policy) {
  std::size_t all = 0, back = 0;
  const Point* low = nullptr;
  for (const DriftSeries& series : report.drift) {
    const auto found = series.axes.find("policy");
    if (found == series.axes.end() || found->second != policy) continue;
    ++all;
    back += back_at(series).has_value();
    if (const Point* here = lowest(series);
        here != nullptr && (low == nullptr || *here->ratio < *low->ratio))
      low = here;
  }
  if (low == nullptr) return "";
  return fmt::format(
      "{}: within 1% of the best codebooks at the end in {} of {} cases, at worst a "
      "ratio of {:.3f}",
      policy, back, all, *low->ratio);
}

}  // namespace

std::optional<std::uint64_t> back_at(const DriftSeries& series) {
  const auto last = std::find_if(series.points.rbegin(), series.points.rend(), is_short);
  if (last == series.points.rbegin()) return std::nullopt;
  return last == series.points.rend() ? series.points.front().request : last.base()->request;
}

std::vector<std::string> drift_answer(const Report& report) {
  std::vector<std::string> sentences;
  const auto policies = std::ranges::find(report.axes, "policy", &Axis::key);
  if (policies != report.axes.end()) {
    for (const Axis::Value& policy : policies->values)
      sentences.push_back(sentence_of_policy(report, policy.text));
  } else {
    for (const DriftSeries& series : report.drift)
      if (series.axes.at("arm") == "splitzip") sentences.push_back(sentence_of_run(series));
  }
  std::erase(sentences, "");
  return sentences;
}

}  // namespace splitbench
