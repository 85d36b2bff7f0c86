#include "reports/analysis/arm_comparison.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <functional>
#include <iterator>
#include <vector>

#include "reports/analysis/verdict.hpp"
#include "workloads/statistics.hpp"

namespace splitbench {
namespace {

/// The gain below which a difference is negligible.
constexpr double kNegligible = 0.005;

double half_width(const Row& row, const std::string& key) {
  const auto found = row.ci95.find(key);
  return found == row.ci95.end() ? 0 : found->second;
}

/// Returns the range that a search has left for the highest rate within the SLO; none of a row
/// that has not both of its ends.
std::optional<Interval> searched_range(const Row& row) {
  const auto low = row.values.find("max_goodput_rate"), high = row.values.find("refused_rate");
  if (low == row.values.end() || high == row.values.end()) return std::nullopt;
  return Interval{.low = low->second, .high = high->second};
}

}  // namespace

bool is_difference(const Relative& change) {
  return !change.noise && std::abs(change.gain - 1) >= kNegligible;
}

Estimate difference(const std::string& key, const Row& base, const Row& candidate) {
  const auto before = base.repeats.find(key), after = candidate.repeats.find(key);
  if (before == base.repeats.end() || after == candidate.repeats.end() ||
      before->second.size() != after->second.size() || after->second.size() < 2)
    return {.value = candidate.values.at(key) - base.values.at(key),
            .error = std::hypot(half_width(base, key), half_width(candidate, key))};
  std::vector<double> differences;
  std::ranges::transform(after->second, before->second, std::back_inserter(differences),
                         std::minus());
  return {.value = mean(differences), .error = error_of_mean(differences, 0.975)};
}

bool within_noise(const std::string& key, const Row& base, const Row& candidate) {
  if (key == "max_goodput_rate" || key == "refused_rate") {
    const auto before = searched_range(base), after = searched_range(candidate);
    if (before && after) return before->low < after->high && after->low < before->high;
  }
  const Estimate change = difference(key, base, candidate);
  return std::abs(change.value) <= change.error;
}

std::optional<Relative> relative(const Column& column, const Row& base, const Row& candidate) {
  const auto before = base.values.find(column.key);
  const auto after = candidate.values.find(column.key);
  if (column.better == Better::neither || before == base.values.end() ||
      after == candidate.values.end() || before->second <= 0 || after->second <= 0)
    return std::nullopt;

  const double ratio = before->second / after->second;
  return Relative{.gain = column.better == Better::lower ? ratio : 1 / ratio,
                  .noise = within_noise(column.key, base, candidate)};
}

bool pays(const Relative& change) {
  return !change.noise && change.gain >= kPays;
}

bool is_overloaded(const Row& row) {
  return row.verdict == kVerdictNames[Verdict::overloaded];
}

bool is_comparable(const Row& row, const std::string& key) {
  return row.is_valid(key) && (!is_overloaded(row) || key == "max_goodput_rate");
}

std::string gain_text(const std::optional<Relative>& change) {
  if (!change) return "";
  if (change->noise) return "~";
  return fmt::format("{:.{}f}x", change->gain, change->gain < 10 ? 2 : change->gain < 100 ? 1 : 0);
}

RowPlace place_of(const Row& row) {
  RowPlace place = row.axes;
  place.erase("arm");
  return place;
}

RawRows::RawRows(const Report& report) {
  for (const Row& row : report.rows)
    if (row.axes.at("arm") == "raw") by_place_.emplace(place_of(row), &row);
}

const Row* RawRows::beside(const Row& row) const {
  const auto raw = by_place_.find(place_of(row));
  return raw == by_place_.end() || raw->second == &row ? nullptr : raw->second;
}

std::vector<std::string> answered_arms(const Report& report) {
  std::vector<std::string> arms;
  for (const Row& row : report.rows)
    if (const std::string& arm = row.axes.at("arm");
        arm != "raw" && arm != "bypass" && std::ranges::find(arms, arm) == arms.end())
      arms.push_back(arm);
  return arms;
}

}  // namespace splitbench
