#include "sim/sweep/max_rate.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <fmt/format.h>

#include "configs/scenario_file.hpp"
#include "reports/analysis/verdict.hpp"
#include "reports/columns.hpp"
#include "reports/html/html.hpp"
#include "reports/json.hpp"
#include "sim/sweep/sweep_plan.hpp"
#include "workloads/files.hpp"
#include "workloads/input_error.hpp"
#include "workloads/printable_text.hpp"
#include "workloads/statistics.hpp"

namespace splitbench {

namespace {

constexpr const char *kRate = "max_goodput_rate", *kRefused = "refused_rate",
                     *kPlateau = "attainment_plateau";
// Below what a system carries these are the rate that was tried, and say nothing of an arm.
constexpr std::array kOfferedRate = {
    "request_throughput", "output_throughput", "total_token_throughput",
    "request_goodput",    "concurrency",       "arrival_rate"};

double four_digits(double rate) {
  return round_to_digits(rate, 4);
}

}  // namespace

RateSearch::RateSearch(double first, const MaxRateOptions& wanted)
    : first_(std::clamp(four_digits(first), kLowestRate, kHighestRate)), wanted_(wanted) {}

std::optional<double> RateSearch::next() const {
  const std::optional<double> passed = this->passed(), refused = this->refused();
  if (!passed && !refused) return first_;
  if (plateau()) return std::nullopt;
  if (passed && refused) {
    const double middle = four_digits(std::sqrt(*passed * *refused));
    const bool apart = *passed < middle && middle < *refused;
    return apart && *refused > (1 + wanted_.precision) * *passed ? std::optional(middle)
                                                                 : std::nullopt;
  }
  const double further = passed ? std::min(2 * *passed, kHighestRate)
                                : std::max(four_digits(*refused / 2), kLowestRate);
  return further == (passed ? *passed : *refused) ? std::nullopt : std::optional(further);
}

void RateSearch::take(const Trial& trial) {
  assert(trial.rate == next());
  tried_.insert(std::ranges::upper_bound(tried_, trial.rate, {}, &Trial::rate), trial);
}

bool RateSearch::is_limited_by_load() const {
  constexpr double kMuchMore = 2;
  const Trial& highest = tried_.back();
  return meets_slo(highest) && highest.verdict == Verdict::overloaded &&
         highest.rate > kMuchMore * highest.throughput;
}

bool RateSearch::passes(const Trial& trial) const {
  return meets_slo(trial) &&
         !(is_limited_by_load() &&
           trial.rate > std::ranges::max(tried_, {}, &Trial::throughput).throughput);
}

// Each trial is above all that passed, below all that did not, or between the two.
std::optional<double> RateSearch::passed() const {
  for (auto trial = tried_.rbegin(); trial != tried_.rend(); ++trial)
    if (passes(*trial)) return trial->rate;
  return std::nullopt;
}

std::optional<double> RateSearch::refused() const {
  const double passed = this->passed().value_or(0);
  for (const Trial& trial : tried_)
    if (trial.rate > passed) return trial.rate;
  return std::nullopt;
}

std::optional<double> RateSearch::plateau() const {
  constexpr std::size_t kHalvings = 2;
  constexpr double kStill = 0.005;  // of the requests
  if (passed() || tried_.size() <= kHalvings) return std::nullopt;
  const double lowest = tried_.front().attainment;
  const auto moves = [lowest](const Trial& trial) {
    return trial.verdict != Verdict::stable || std::abs(trial.attainment - lowest) > kStill;
  };
  if (std::any_of(tried_.begin(), tried_.begin() + kHalvings + 1, moves)) return std::nullopt;
  return lowest;
}

namespace {

void check(const Scenario& scenario) {
  if (!scenario.slo.ttft && !scenario.slo.tpot && !scenario.slo.e2el)
    throw InputError(
        "--find-max-rate needs an objective: slo.ttft, slo.tpot or slo.e2el, such as --set "
        "slo.ttft='2 s'");
  const Arrivals arrivals = scenario.workload.arrivals;
  if (arrivals == Arrivals::trace || arrivals == Arrivals::closed)
    throw InputError(
        "--find-max-rate needs requests that come at a rate, such as workload.arrivals: poisson");
}

/// Returns what the report of a run of one arm says of the rate.
RateSearch::Trial trial_of(double rate, const Report& report) {
  const Row& row = report.rows.front();
  const auto value = [&](const char* key) {
    const auto found = row.values.find(key);
    return found == row.values.end() ? 0 : found->second;
  };
  return {.rate = rate,
          .attainment = value("slo_attainment"),
          .throughput = value("request_throughput"),
          // Without a verdict no request was served.
          .verdict = kVerdictNames.named(row.verdict).value_or(Verdict::overloaded)};
}

}  // namespace

MaxRate::MaxRate(const Scenario& scenario, const MaxRateOptions& options) : options_(options) {
  SweepPlan plan = plan_sweep(scenario);
  any_real_ = plan.any_real();
  meta_ = std::move(plan.meta);
  axes_ = std::move(plan.axes);
  for (const PlannedPoint& planned : plan.points) {
    if (!planned.point.failure.empty()) throw InputError(planned.point.failure);
    add_searches(at_point(scenario, planned.point.values), planned.point.values);
  }
}

void MaxRate::add_searches(const Scenario& at, const std::vector<std::string>& values) {
  check(at);
  for (const Arm arm : at.arms) {
    Search search{
        .scenario = at, .point = {}, .rates = RateSearch(at.workload.rate, options_), .trials = {}};
    search.scenario.arms = {arm};
    search.point.values = values;
    search.point.arms = {std::string(splitbench::name_of(arm, at.codecs))};
    searches_.push_back(std::move(search));
  }
}

void MaxRate::run(const std::filesystem::path& folder, std::size_t jobs,
                  LockedFolder::Foreign foreign) {
  PointRunner runner(jobs, foreign);
  for (;;) {
    std::vector<Search*> asking;
    std::vector<PointRun> trials;
    std::vector<std::string> folders;
    for (Search& search : searches_) {
      if (!search.point.failure.empty() || !search.rates.next()) continue;
      asking.push_back(&search);
      folders.push_back(fmt::format("points/{:03}", trials_++));
      search.scenario.workload.rate = *search.rates.next();
      trials.push_back({folder / folders.back(), point_yaml(search.scenario),
                        inputs_of(search.scenario), search.scenario.time});
    }
    if (trials.empty()) break;
    runner.run(trials,
               [&](std::size_t i, PointEnd end) { take(*asking[i], folders[i], std::move(end)); });
    const Report so_far = report();
    write_file(folder / "report.html", to_html(so_far));
    write_file(folder / "report.json", to_json(so_far));
  }
}

void MaxRate::take(Search& search, const std::string& folder, PointEnd end) {
  const double rate = search.scenario.workload.rate;
  if (!end.report) {
    search.point.failure = fmt::format("at {:.4g} /s: {}", rate, end.failure);
    write_to_stderr(printable(name_of(search) + ": " + search.point.failure) + "\n");
    return;
  }
  const RateSearch::Trial taken = trial_of(rate, *end.report);
  search.rates.take(taken);
  write_to_stderr(fmt::format("{}: {:.4g} /s: {:.1f}% within SLO\n", printable(name_of(search)),
                              rate, 100 * taken.attainment));
  SweepPoint& trial = search.trials[rate] = search.point;
  trial.report = std::move(end.report);
  trial.folder = folder;
}

SweepPoint MaxRate::best_of(const Search& search) {
  if (search.trials.empty()) return search.point;
  const std::optional<double> passed = search.rates.passed();
  SweepPoint best = passed ? search.trials.at(*passed) : search.trials.begin()->second;
  best.failure = search.point.failure;
  return best;
}

std::string MaxRate::name_of(const Search& search) const {
  const std::string point = point_name(axes_, search.point.values);
  return point.empty() ? search.point.arms.front() : point + ", " + search.point.arms.front();
}

std::vector<std::string> MaxRate::failures() const {
  std::vector<std::string> failures;
  for (const Search& search : searches_)
    if (!search.point.failure.empty())
      failures.push_back(fmt::format("{}: {}", name_of(search), search.point.failure));
    else if (!search.rates.next() && !search.rates.passed() && !search.rates.plateau())
      failures.push_back(fmt::format("{}: no rate down to {:.4g} /s has {:.0f}% within SLO",
                                     name_of(search), kLowestRate, 100 * options_.attainment));
  return failures;
}

Report MaxRate::report() const {
  std::vector<SweepPoint> points;
  for (const Search& search : searches_) points.push_back(best_of(search));
  Report report = aggregate(meta_, axes_, points);
  report.meta.slo_target = options_.attainment;
  for (std::size_t i = 0; i < searches_.size(); ++i) {  // aggregate has made one row of each
    const RateSearch& rates = searches_[i].rates;
    if (rates.tried().empty()) continue;
    Row& row = report.rows[i];
    for (const RateSearch::Trial& trial : rates.tried())
      report.trials.push_back({row.axes, trial.rate, trial.attainment});
    if (rates.plateau()) {
      row.values[kPlateau] = *rates.plateau();
      for (const char* key : kOfferedRate) row.values.erase(key);
    }
    if (!rates.passed()) continue;
    row.values[kRate] = *rates.passed();
    if (const auto cause = row.invalid.find("slo_attainment"); cause != row.invalid.end())
      row.invalid[kRate] = cause->second;
    if (rates.refused()) row.values[kRefused] = *rates.refused();
  }
  std::vector<Column> found = all_columns();
  std::erase_if(found, [&](const Column& column) {
    const bool is_found =
        (column.key == kRefused || column.key == kPlateau) && is_in_some_row(report, column.key);
    return column.key != kRate && !is_found;
  });
  report.columns.insert(report.columns.begin(), found.begin(), found.end());
  return report;
}

}  // namespace splitbench
