#include "reports/text/answer.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <optional>

#include "reports/analysis/arm_comparison.hpp"
#include "reports/analysis/winner_map.hpp"
#include "reports/columns.hpp"
#include "reports/quantity_text.hpp"
#include "reports/text/paying_region.hpp"

namespace splitbench {
namespace {

/// A question that people ask first: its column and its name in a sentence.
struct Question {
  const char* key;
  const char* name;
};
constexpr Question kQuestions[] = {{"ttft_p50", "TTFT (median)"},
                                   {"transfer_p50", "the transfer alone (median)"},
                                   {"request_throughput", "request throughput"}};

/// The two rows that are compared, at one point of a sweep or of the whole run.
struct Pair {
  const Row* raw;
  const Row* coded;
};

std::vector<Pair> pairs_of(const Report& report) {
  const RawRows raw(report);
  const std::string arm = answered_arm(report);
  std::vector<Pair> pairs;
  for (const Row& row : report.rows)
    if (const Row* base = raw.beside(row); base != nullptr && row.axes.at("arm") == arm)
      pairs.push_back({base, &row});
  return pairs;
}

std::string times(double gain) {
  return fmt::format("{:.{}f}x", gain, gain < 10 ? 2 : 1);
}

/// Returns the place of a row: "link.bandwidth 10 Gbit/s, workload.context 8k".
std::string place(const Report& report, const Row& row) {
  std::vector<std::string> parts;
  for (const Axis& axis : report.axes)
    parts.push_back(fmt::format("{} {}", axis.key, row.axes.at(axis.key)));
  return fmt::format("{}", fmt::join(parts, ", "));
}

/// Returns why the figures of a pair may not be compared, or an empty text.
std::string not_valid(const Column& column, const Pair& pair) {
  for (const Row* row : {pair.raw, pair.coded}) {
    if (row->is_valid(column.key)) continue;
    const auto cause = row->invalid.find(column.key);
    return fmt::format("NOT VALID, {}: {}", row->axes.at("arm"),
                       cause == row->invalid.end() ? row->status : cause->second);
  }
  return "";
}

std::string sentence_of_run(const Column& column, const Question& question, const Pair& pair) {
  const std::optional<Relative> change = relative(column, *pair.raw, *pair.coded);
  if (!change) return "";
  if (const std::string why = not_valid(column, pair); !why.empty())
    return fmt::format("{}: {}", question.name, why);
  const std::string figures =
      fmt::format("{} instead of {}", quantity_text(pair.coded->values.at(column.key), column.unit),
                  quantity_text(pair.raw->values.at(column.key), column.unit));
  if (!is_difference(*change))
    return fmt::format("{}: no difference beyond the noise or half a percent ({})", question.name,
                       figures);
  return fmt::format("{}: {} {} with {} ({})", question.name,
                     times(change->gain < 1 ? 1 / change->gain : change->gain),
                     change->gain < 1 ? "worse" : "better", pair.coded->axes.at("arm"), figures);
}

/// The points of a sweep by the outcome of one question.
struct Tally {
  std::size_t better = 0, worse = 0, same = 0, not_valid = 0;
  std::optional<std::pair<double, const Row*>> best, worst;

  std::size_t all() const { return better + worse + same + not_valid; }
};

Tally tally_of(const Column& column, const std::vector<Pair>& pairs) {
  Tally tally;
  for (const Pair& pair : pairs) {
    const std::optional<Relative> change = relative(column, *pair.raw, *pair.coded);
    if (!change) continue;
    if (!pair.raw->is_valid(column.key) || !pair.coded->is_valid(column.key)) {
      ++tally.not_valid;
      continue;
    }
    const bool differs = is_difference(*change);
    (!differs ? tally.same : change->gain > 1 ? tally.better : tally.worse) += 1;
    if (!differs) continue;
    if (!tally.best || change->gain > tally.best->first) tally.best = {change->gain, pair.coded};
    if (!tally.worst || change->gain < tally.worst->first) tally.worst = {change->gain, pair.coded};
  }
  return tally;
}

std::string sentence_of_sweep(const Report& report, const Column& column, const Question& question,
                              const std::vector<Pair>& pairs) {
  const Tally tally = tally_of(column, pairs);
  if (tally.all() == 0) return "";
  const std::string& arm = pairs.front().coded->axes.at("arm");
  const std::string region = paying_region(report, column.key, arm);
  std::string text = fmt::format("{}: ", question.name);
  if (tally.all() == tally.not_valid)
    return text + fmt::format("not valid at any of {} points", tally.all());
  if (region.empty())
    text += fmt::format("better with {} at {} of {} points", arm, tally.better, tally.all());
  else if (region == "nowhere")
    text += fmt::format("nowhere {} with {}", times(kPays), arm);
  else
    text += fmt::format("{} and more with {} {}", times(kPays), arm, region);
  if (tally.better > 0)
    text += fmt::format("; at best {} ({})", times(tally.best->first),
                        place(report, *tally.best->second));
  if (tally.worse > 0)
    text +=
        fmt::format("; worse than raw at {} of {} points, at worst {} ({})", tally.worse,
                    tally.all(), times(tally.worst->first), place(report, *tally.worst->second));
  if (tally.not_valid > 0)
    text += fmt::format("; not valid at {} of {} points", tally.not_valid, tally.all());
  return text;
}

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

std::vector<std::string> answer(const Report& report) {
  const std::vector<Pair> pairs = pairs_of(report);
  std::vector<std::string> sentences;
  for (const Question& question : kQuestions) {
    const Column* column = find_column(report, question.key);
    if (column == nullptr || pairs.empty()) continue;
    const std::string sentence = report.axes.empty()
                                     ? sentence_of_run(*column, question, pairs.front())
                                     : sentence_of_sweep(report, *column, question, pairs);
    if (!sentence.empty()) sentences.push_back(sentence);
  }
  std::ranges::move(winner_answer(report), std::back_inserter(sentences));
  std::ranges::move(drift_answer(report), std::back_inserter(sentences));
  if (sentences.empty())
    sentences.emplace_back("no answer: it takes results of both raw and a codec's arm");
  if (report.meta.repeats == 1 && (report.meta.time == "real" || report.meta.random))
    sentences.emplace_back("one repeat: how much of this is noise is unknown");
  return sentences;
}

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
