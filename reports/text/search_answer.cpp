#include "reports/text/search_answer.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <functional>

#include "reports/quantity_text.hpp"

namespace splitbench {
namespace {

/// Returns "raw at link.bandwidth 1 Gbit/s", or the arm alone where nothing is varied.
std::string name_of(const Report& report, const Row& row) {
  std::vector<std::string> places;
  for (const Axis& axis : report.axes)
    places.push_back(fmt::format("{} {}", axis.key, row.axes.at(axis.key)));
  return fmt::format("{}{}{}", row.axes.at("arm"), places.empty() ? "" : " at ",
                     fmt::join(places, ", "));
}

/// Returns what ended a row's search, or an empty text.
using Finding = std::function<std::string(const Row&)>;

/// Returns a sentence with the first of the rows that have a finding, and how many more there are;
/// an empty text without any.
std::string sentence(const Report& report, const char* label, const Finding& finding) {
  constexpr std::size_t kListed = 4;
  std::vector<std::string> parts;
  std::size_t more = 0;
  for (const Row& row : report.rows) {
    const std::string found = finding(row);
    if (found.empty()) continue;
    if (parts.size() < kListed)
      parts.push_back(fmt::format("{} ({})", name_of(report, row), found));
    else
      ++more;
  }
  if (parts.empty()) return "";
  return fmt::format("{}: {}{}", label, fmt::join(parts, ", "),
                     more > 0 ? fmt::format(" and {} more", more) : "");
}

std::string met_at_no_rate(const Row& row) {
  const auto share = row.values.find("attainment_plateau");
  if (share == row.values.end()) return "";
  return fmt::format("{:.1f}% of the requests meet it however low the rate", 100 * share->second);
}

/// Says that the lowest rate that did not pass meets the SLO.
std::string stopped_by_load(const Report& report, const Row& row) {
  const auto refused = row.values.find("refused_rate");
  if (refused == row.values.end() || !report.meta.slo_target) return "";
  const auto is_met = [&](const RateTrial& trial) {
    return trial.axes == row.axes && trial.rate == refused->second &&
           trial.slo_attainment >= *report.meta.slo_target;
  };
  const auto met = std::ranges::find_if(report.trials, is_met);
  if (met == report.trials.end()) return "";
  return fmt::format("at {} {:.1f}% of the requests meet it, but that load is not carried",
                     quantity_text(met->rate, "/s"), 100 * met->slo_attainment);
}

/// Says that no trial of a row's search was above the rate that it found.
std::string passed_always(const Report& report, const Row& row) {
  const auto found = row.values.find("max_goodput_rate");
  if (found == row.values.end()) return "";
  const auto is_above = [&](const RateTrial& trial) {
    return trial.axes == row.axes && trial.rate > found->second;
  };
  const auto is_of_row = [&](const RateTrial& trial) { return trial.axes == row.axes; };
  if (std::ranges::none_of(report.trials, is_of_row) ||
      std::ranges::any_of(report.trials, is_above))
    return "";
  return quantity_text(found->second, "/s");
}

}  // namespace

std::vector<std::string> search_answer(const Report& report) {
  std::vector<std::string> sentences = {
      sentence(report, "no rate within SLO", met_at_no_rate),
      sentence(report, "limited by the load, not by the SLO",
               [&](const Row& row) { return stopped_by_load(report, row); }),
      sentence(report, "within SLO at the highest rate that was tried",
               [&](const Row& row) { return passed_always(report, row); })};
  std::erase(sentences, "");
  return sentences;
}

}  // namespace splitbench
