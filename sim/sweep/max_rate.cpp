#include "sim/sweep/max_rate.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "configs/scenario_file.hpp"
#include "reports/columns.hpp"
#include "reports/json.hpp"
#include "sim/sweep/sweep_plan.hpp"
#include "workloads/files.hpp"
#include "workloads/input_error.hpp"
#include "workloads/printable_text.hpp"
#include "workloads/statistics.hpp"

namespace splitbench {

namespace {

double four_digits(double rate) {
  return round_to_digits(rate, 4);
}

}  // namespace

RateSearch::RateSearch(double first, double precision)
    : first_(std::clamp(four_digits(first), kLowestRate, kHighestRate)), precision_(precision) {}

std::optional<double> RateSearch::next() const {
  if (!passed_ && !refused_) return first_;
  if (passed_ && refused_) {
    const double middle = four_digits(std::sqrt(*passed_ * *refused_));
    const bool apart = *passed_ < middle && middle < *refused_;
    return apart && *refused_ > (1 + precision_) * *passed_ ? std::optional(middle) : std::nullopt;
  }
  const double further = passed_ ? std::min(2 * *passed_, kHighestRate)
                                 : std::max(four_digits(*refused_ / 2), kLowestRate);
  return further == (passed_ ? *passed_ : *refused_) ? std::nullopt : std::optional(further);
}

void RateSearch::take(bool passed) {
  (passed ? passed_ : refused_) = next();
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

/// Returns the SLO attainment of the arm that the trial ran alone.
double attainment(const Report& report) {
  const Row& row = report.rows.front();
  const auto share = row.values.find("slo_attainment");
  return share == row.values.end() ? 0 : share->second;
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
        .scenario = at, .point = {}, .rates = RateSearch(at.workload.rate, options_.precision)};
    search.scenario.arms = {arm};
    search.point.values = values;
    search.point.arms = {std::string(splitbench::name_of(arm))};
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
      trials.push_back(
          {folder / folders.back(), to_yaml(search.scenario), inputs_of(search.scenario)});
    }
    if (trials.empty()) break;
    runner.run(trials,
               [&](std::size_t i, PointEnd end) { take(*asking[i], folders[i], std::move(end)); });
    write_file(folder / "report.json", to_json(report()));
  }
}

void MaxRate::take(Search& search, const std::string& folder, PointEnd end) {
  const double rate = search.scenario.workload.rate;
  if (!end.report) {
    search.point.failure = fmt::format("at {:.4g} /s: {}", rate, end.failure);
    write_to_stderr(printable(name_of(search) + ": " + search.point.failure) + "\n");
    return;
  }
  const double share = attainment(*end.report);
  const bool passed = share >= options_.attainment;
  search.rates.take(passed);
  write_to_stderr(fmt::format("{}: {:.4g} /s: {:.1f}% within SLO\n", printable(name_of(search)),
                              rate, 100 * share));
  if (!passed) return;
  search.point.report = std::move(end.report);
  search.point.folder = folder;
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
    else if (!search.rates.next() && !search.rates.passed())
      failures.push_back(fmt::format("{}: no rate down to {:.4g} /s has {:.0f}% within SLO",
                                     name_of(search), kLowestRate, 100 * options_.attainment));
  return failures;
}

Report MaxRate::report() const {
  std::vector<SweepPoint> points;
  for (const Search& search : searches_) {
    points.push_back(search.point);
    if (!search.point.report && search.point.failure.empty())
      points.back().failure = "no rate has passed";
  }
  Report report = aggregate(meta_, axes_, points);
  const std::vector<Column> all = all_columns();
  const auto column = std::ranges::find(all, "max_goodput_rate", &Column::key);
  report.columns.insert(report.columns.begin(), *column);
  for (std::size_t i = 0; i < searches_.size(); ++i) {  // aggregate has made one row of each
    const RateSearch& rates = searches_[i].rates;
    if (!rates.passed()) continue;
    Row& row = report.rows[i];
    row.values[column->key] = *rates.passed();
    if (const auto cause = row.invalid.find("slo_attainment"); cause != row.invalid.end())
      row.invalid[column->key] = cause->second;
    if (rates.refused()) row.ci95[column->key] = *rates.refused() - *rates.passed();
  }
  return report;
}

}  // namespace splitbench
