#include "reports/text/answer.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <functional>
#include <iterator>
#include <optional>

#include "reports/analysis/arm_comparison.hpp"
#include "reports/analysis/winner_map.hpp"
#include "reports/columns.hpp"
#include "reports/quantity_text.hpp"
#include "reports/text/decision.hpp"
#include "reports/text/paying_region.hpp"
#include "reports/text/search_answer.hpp"
#include "workloads/wrapped_text.hpp"

namespace splitbench {
namespace {

using Outcome = Decision::Outcome;

/// A question that people ask first: its column and its name in a sentence.
struct Question {
  const char* key;
  const char* name;
};
constexpr Question kQuestions[] = {{"max_goodput_rate", "highest rate within SLO"},
                                   {"ttft_p50", "TTFT (median)"},
                                   {"request_goodput", "goodput"},
                                   {"slo_attainment", "SLO attainment"},
                                   {"transfer_p50", "the transfer alone (median)"},
                                   {"request_throughput", "request throughput"}};

/// Returns the questions that the report has figures for. Of a search for the highest rate, and of
/// a sweep of several arms, only those whose figures decide.
std::vector<Question> questions_of(const Report& report) {
  const std::vector<DecidingFigure> deciding = deciding_figures(report);
  const bool has_many = !report.axes.empty() && answered_arms(report).size() > 1;
  std::vector<Question> questions;
  for (const Question& question : kQuestions) {
    const bool decides =
        std::ranges::find(deciding, question.key, &DecidingFigure::key) != deciding.end();
    if (find_column(report, question.key) != nullptr &&
        (decides || (!is_search(report) && !has_many)))
      questions.push_back(question);
  }
  return questions;
}

/// An arm's row and the raw one that it is compared with.
struct Pair {
  const Row* raw;
  const Row* coded;
};

std::vector<Pair> pairs_of(const Report& report, const std::string& arm) {
  const RawRows raw(report);
  std::vector<Pair> pairs;
  for (const Row& row : report.rows)
    if (const Row* base = raw.beside(row); base != nullptr && row.axes.at("arm") == arm)
      pairs.push_back({base, &row});
  return pairs;
}

std::string times(double gain) {
  return fmt::format("{:.{}f}x", gain, gain < 10 ? 2 : 1);
}

/// Returns a figure with its unit; a rate as scenarios have it, "5 /s".
std::string figure_of(const Row& row, const Column& column) {
  const double value = row.values.at(column.key);
  return column.unit == "1/s" ? quantity_text(value, "ratio") + " /s"
                              : quantity_text(value, column.unit);
}

std::string joined(const std::vector<std::string>& parts, const char* between) {
  return fmt::format("{}", fmt::join(parts, between));
}

/// Returns the place of a row: "link.bandwidth 10 Gbit/s, workload.context 8k".
std::string place(const Report& report, const Row& row) {
  std::vector<std::string> parts;
  for (const Axis& axis : report.axes)
    parts.push_back(fmt::format("{} {}", axis.key, row.axes.at(axis.key)));
  return joined(parts, ", ");
}

std::string cause_of(const Row& row, const std::string& key) {
  const auto cause = row.invalid.find(key);
  return cause == row.invalid.end() ? row.status : cause->second;
}

// A run.

std::string reasons(const Decision& decision, bool search) {
  if (decision.outcome == Outcome::unknown) return "no valid figure";
  std::vector<std::string> parts;
  if (decision.arm_carries && !decision.raw_carries)
    parts.emplace_back(search ? "meets the SLO, as raw does at no rate" : "carries the load");
  if (!decision.arm_carries) parts.emplace_back(search ? "no rate meets the SLO" : "overloaded");
  for (const auto& [figure, change] : decision.gains)
    if (decision.outcome != Outcome::pays || pays(change))
      parts.push_back(fmt::format("{} {}", figure.name,
                                  is_difference(change) ? times(change.gain) : "no difference"));
  return joined(parts, ", ");
}

/// Returns the arms with one outcome, each with its reasons: "ranked (TTFT 1.45x)".
std::string arms_with(const std::vector<Decision>& decided, Outcome outcome, bool search) {
  std::vector<std::string> parts;
  for (const Decision& each : decided)
    if (each.outcome == outcome)
      parts.push_back(fmt::format("{} ({})", each.arm, reasons(each, search)));
  return joined(parts, ", ");
}

std::string decision_of_run(const std::vector<Decision>& decided, bool search) {
  const std::string paying = arms_with(decided, Outcome::pays, search);
  std::vector<std::string> parts;
  if (!paying.empty()) parts.push_back("yes, with " + paying);
  if (const std::string not_paying = arms_with(decided, Outcome::does_not, search);
      !not_paying.empty())
    parts.push_back((paying.empty() ? "no, not with " : "not with ") + not_paying);
  if (const std::string over = arms_with(decided, Outcome::overloaded, search); !over.empty())
    parts.push_back("not known with " + over);
  if (const std::string unknown = arms_with(decided, Outcome::unknown, search); !unknown.empty())
    parts.push_back("not known with " + unknown);
  return "does it pay here: " + joined(parts, "; ");
}

/// Returns which arms do not carry the load; nothing if all do, or each has a load of its own.
std::string load_of_run(const Report& report) {
  if (is_search(report)) return "";
  std::vector<std::string> overloaded, others;
  for (const Row& row : report.rows)
    (is_overloaded(row) ? overloaded : others).push_back(row.axes.at("arm"));
  if (overloaded.empty()) return "";
  const std::string who = others.empty()
                              ? "no arm carries it"
                              : fmt::format("not carried by {}, but by {}",
                                            joined(overloaded, ", "), joined(others, ", "));
  return fmt::format("load: {}; figures of an overloaded system are not compared", who);
}

/// Returns what a figure of one arm says: "1.25x better with splitzip (160 ms)".
std::string clause_of_run(const Column& column, const Pair& pair) {
  const std::string& arm = pair.coded->axes.at("arm");
  if (!pair.coded->is_valid(column.key))
    return fmt::format("NOT VALID with {}: {}", arm, cause_of(*pair.coded, column.key));
  if (!is_comparable(*pair.coded, column.key)) return fmt::format("{} is overloaded", arm);
  const std::optional<Relative> change = relative(column, *pair.raw, *pair.coded);
  if (!change) return "";
  const std::string figure = figure_of(*pair.coded, column);
  if (!is_difference(*change))
    return fmt::format("no difference beyond the noise or half a percent with {} ({})", arm,
                       figure);
  const bool worse = change->gain < 1;
  return fmt::format("{} {} with {} ({})", times(worse ? 1 / change->gain : change->gain),
                     worse ? "worse" : "better", arm, figure);
}

std::string sentence_of_run(const Column& column, const Question& question,
                            const std::vector<Pair>& pairs) {
  const Row& raw = *pairs.front().raw;
  if (!raw.values.contains(column.key)) return "";
  if (!raw.is_valid(column.key))
    return fmt::format("{}: NOT VALID, raw: {}", question.name, cause_of(raw, column.key));
  if (!is_comparable(raw, column.key)) return "";  // load_of_run() has it
  std::vector<std::string> clauses;
  for (const Pair& pair : pairs)
    if (const std::string clause = clause_of_run(column, pair); !clause.empty())
      clauses.push_back(clause);
  if (clauses.empty()) return "";
  return fmt::format("{}: {}; raw {}", question.name, joined(clauses, ", "),
                     figure_of(raw, column));
}

std::vector<Pair> pairs_of_run(const Report& report) {
  std::vector<Pair> pairs;
  for (const std::string& arm : answered_arms(report))
    std::ranges::move(pairs_of(report, arm), std::back_inserter(pairs));
  return pairs;
}

std::vector<std::string> answer_of_run(const Report& report) {
  const std::vector<Pair> pairs = pairs_of_run(report);
  if (pairs.empty()) return {};
  std::vector<std::string> sentences;
  if (const std::vector<Decision> decided = decisions(report);
      !decided.empty() && !deciding_figures(report).empty())
    sentences.push_back(decision_of_run(decided, is_search(report)));
  sentences.push_back(load_of_run(report));
  for (const Question& question : questions_of(report))
    sentences.push_back(sentence_of_run(*find_column(report, question.key), question, pairs));
  return sentences;
}

// A sweep.

/// The points of a sweep by the outcome of one question.
struct Tally {
  std::size_t better = 0, worse = 0, same = 0, not_valid = 0, overloaded = 0;
  std::optional<std::pair<double, const Row*>> best, worst;

  std::size_t compared() const { return better + worse + same; }
  std::size_t all() const { return compared() + not_valid + overloaded; }
};

Tally tally_of(const Column& column, const std::vector<Pair>& pairs) {
  Tally tally;
  for (const auto& [raw, coded] : pairs) {
    const std::optional<Relative> change = relative(column, *raw, *coded);
    if (!change) continue;
    if (!raw->is_valid(column.key) || !coded->is_valid(column.key)) {
      ++tally.not_valid;
      continue;
    }
    if (!is_comparable(*raw, column.key) || !is_comparable(*coded, column.key)) {
      ++tally.overloaded;
      continue;
    }
    const bool differs = is_difference(*change);
    (!differs ? tally.same : change->gain > 1 ? tally.better : tally.worse) += 1;
    if (!differs) continue;
    if (!tally.best || change->gain > tally.best->first) tally.best = {change->gain, coded};
    if (!tally.worst || change->gain < tally.worst->first) tally.worst = {change->gain, coded};
  }
  return tally;
}

std::string extremes(const Report& report, const Tally& tally) {
  std::string text;
  if (tally.better > 0)
    text += fmt::format("; at best {} ({})", times(tally.best->first),
                        place(report, *tally.best->second));
  if (tally.worse > 0)
    text +=
        fmt::format("; worse than raw at {} of {} points, at worst {} ({})", tally.worse,
                    tally.all(), times(tally.worst->first), place(report, *tally.worst->second));
  if (tally.not_valid > 0)
    text += fmt::format("; not valid at {} of {} points", tally.not_valid, tally.all());
  if (tally.overloaded > 0)
    text += fmt::format("; not compared at {} of {} points", tally.overloaded, tally.all());
  return text;
}

std::string sentence_of_sweep(const Report& report, const Column& column, const Question& question,
                              const std::string& arm) {
  const Tally tally = tally_of(column, pairs_of(report, arm));
  if (tally.all() == tally.overloaded) return "";  // load_of_sweep() has it
  const std::string region = paying_region(report, column.key, arm);
  const std::string text = fmt::format("{}, {}: ", question.name, arm);
  if (tally.compared() == 0)
    return text + fmt::format("not valid at any of {} points", tally.all());
  if (region.empty())
    return text + fmt::format("better at {} of {} points", tally.better, tally.all()) +
           extremes(report, tally);
  return text +
         (region == "nowhere" ? fmt::format("nowhere {}", times(kPays))
                              : fmt::format("{} and more {}", times(kPays), region)) +
         extremes(report, tally);
}

std::string decision_of_sweep(const Report& report, const std::vector<Decision>& decided) {
  std::vector<std::string> parts;
  for (const std::string& arm : answered_arms(report)) {
    const auto is_of_arm = [&](const Decision& each) { return each.arm == arm; };
    const auto with = [&](Outcome outcome) {
      return std::ranges::count_if(decided, [&](const Decision& each) {
        return is_of_arm(each) && each.outcome == outcome;
      });
    };
    const auto all = std::ranges::count_if(decided, is_of_arm);
    if (all == 0) continue;
    std::string part = fmt::format("{} at {} of {} points", arm, with(Outcome::pays), all);
    if (const auto unknown = with(Outcome::unknown); unknown > 0)
      part += fmt::format(" ({} not valid)", unknown);
    parts.push_back(part);
  }
  return fmt::format("does it pay here: {}", joined(parts, ", "));
}

std::string load_of_sweep(const Report& report) {
  if (is_search(report)) return "";
  std::vector<std::string> arms, parts;
  bool some_overloaded = false;
  for (const Row& row : report.rows)
    if (std::ranges::find(arms, row.axes.at("arm")) == arms.end())
      arms.push_back(row.axes.at("arm"));
  for (const std::string& arm : arms) {
    std::size_t all = 0, overloaded = 0;
    for (const Row& row : report.rows)
      if (row.axes.at("arm") == arm && !row.verdict.empty()) {
        ++all;
        overloaded += is_overloaded(row);
      }
    some_overloaded = some_overloaded || overloaded > 0;
    const std::string region = carried_region(report, arm);
    parts.push_back(fmt::format(
        "{} {}", arm,
        region.empty() ? fmt::format("at {} of {} points", all - overloaded, all) : region));
  }
  if (!some_overloaded) return "";
  return fmt::format("load carried: {}; figures of an overloaded system are not compared",
                     joined(parts, "; "));
}

std::vector<std::string> answer_of_sweep(const Report& report) {
  std::vector<std::string> sentences;
  const std::vector<Decision> decided = decisions(report);
  if (decided.empty()) return {};
  if (!deciding_figures(report).empty()) sentences.push_back(decision_of_sweep(report, decided));
  sentences.push_back(load_of_sweep(report));
  for (const Question& question : questions_of(report))
    for (const std::string& arm : answered_arms(report))
      sentences.push_back(
          sentence_of_sweep(report, *find_column(report, question.key), question, arm));
  return sentences;
}

}  // namespace

std::vector<std::string> answer(const Report& report) {
  std::vector<std::string> sentences =
      report.axes.empty() ? answer_of_run(report) : answer_of_sweep(report);
  std::ranges::move(search_answer(report), std::back_inserter(sentences));
  std::ranges::move(winner_answer(report), std::back_inserter(sentences));
  std::ranges::move(drift_answer(report), std::back_inserter(sentences));
  std::erase(sentences, "");
  if (sentences.empty())
    sentences.emplace_back("no answer: it takes results of both raw and a codec's arm");
  if (report.meta.repeats == 1 && (report.meta.time == "real" || report.meta.random))
    sentences.emplace_back("one repeat: how much of this is noise is unknown");
  return sentences;
}

std::string answer_text(const Report& report) {
  std::string text = "\n";
  for (const std::string& sentence : answer(report)) {
    const std::size_t colon = sentence.find(": ");
    const std::size_t label = colon == std::string::npos ? 0 : colon + 2;
    text += wrapped(sentence.substr(0, label), sentence.substr(label));
  }
  return text;
}

}  // namespace splitbench
