#include "reports/text/answer.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <iterator>
#include <optional>

#include "reports/analysis/codec_arm.hpp"
#include "reports/analysis/raw_rows.hpp"
#include "reports/analysis/relative.hpp"
#include "reports/analysis/winner_map.hpp"
#include "reports/columns.hpp"
#include "reports/quantity_text.hpp"
#include "reports/text/drift_answer.hpp"

namespace splitbench {
namespace {

/// What people ask for first, and what a sentence calls it.
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

/// "link.bandwidth 10 Gbit/s, workload.context 8k"
std::string place(const Report& report, const Row& row) {
  std::vector<std::string> parts;
  for (const Axis& axis : report.axes)
    parts.push_back(fmt::format("{} {}", axis.key, row.axes.at(axis.key)));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string sentence_of_run(const Column& column, const Question& question, const Pair& pair) {
  const std::optional<Relative> change = relative(column, *pair.raw, *pair.coded);
  if (!change) return "";
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

std::string sentence_of_sweep(const Report& report, const Column& column, const Question& question,
                              const std::vector<Pair>& pairs) {
  std::size_t better = 0, worse = 0, same = 0, not_valid = 0;
  std::optional<std::pair<double, const Row*>> best, worst;
  for (const Pair& pair : pairs) {
    const std::optional<Relative> change = relative(column, *pair.raw, *pair.coded);
    if (!change) continue;
    if (pair.raw->status != "ok" || pair.coded->status != "ok") {
      ++not_valid;
      continue;
    }
    const bool differs = is_difference(*change);
    (!differs ? same : change->gain > 1 ? better : worse) += 1;
    if (!differs) continue;
    if (!best || change->gain > best->first) best = {change->gain, pair.coded};
    if (!worst || change->gain < worst->first) worst = {change->gain, pair.coded};
  }
  const std::size_t all = better + worse + same + not_valid;
  if (all == 0) return "";
  std::string text =
      fmt::format("{}: better with {} at {} of {} points, worse at {}, the same at {}",
                  question.name, pairs.front().coded->axes.at("arm"), better, all, worse, same);
  if (not_valid > 0) text += fmt::format(", not valid at {}", not_valid);
  if (better > 0)
    text += fmt::format("; at best {} ({})", times(best->first), place(report, *best->second));
  if (worse > 0)
    text += fmt::format("; at worst {} ({})", times(worst->first), place(report, *worst->second));
  return text;
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
  if (report.meta.repeats == 1 && report.meta.time == "real")
    sentences.emplace_back("one repeat: how much of this is noise is unknown");
  return sentences;
}

}  // namespace splitbench
