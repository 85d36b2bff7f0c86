#include "sim/sweep/max_rate.hpp"

#include <algorithm>
#include <array>
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

constexpr const char *kRate = "max_goodput_rate", *kPlateau = "attainment_plateau";
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
  if (!passed_ && !refused_) return first_;
  if (plateau()) return std::nullopt;
  if (passed_ && refused_) {
    const double middle = four_digits(std::sqrt(*passed_ * *refused_));
    const bool apart = *passed_ < middle && middle < *refused_;
    return apart && *refused_ > (1 + wanted_.precision) * *passed_ ? std::optional(middle)
                                                                   : std::nullopt;
  }
  const double further = passed_ ? std::min(2 * *passed_, kHighestRate)
                                 : std::max(four_digits(*refused_ / 2), kLowestRate);
  return further == (passed_ ? *passed_ : *refused_) ? std::nullopt : std::optional(further);
}

void RateSearch::take(double attainment, bool carried) {
  const Trial trial{.rate = next().value(), .attainment = attainment, .carried = carried};
  (attainment >= wanted_.attainment ? passed_ : refused_) = trial.rate;
  tried_.insert(std::ranges::upper_bound(tried_, trial.rate, {}, &Trial::rate), trial);
}

std::optional<double> RateSearch::plateau() const {
  constexpr std::size_t kHalvings = 2;
  constexpr double kStill = 0.005;  // of the requests
  if (passed_ || tried_.size() <= kHalvings) return std::nullopt;
  const double lowest = tried_.front().attainment;
  const auto moves = [lowest](const Trial& trial) {
    return !trial.carried || std::abs(trial.attainment - lowest) > kStill;
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
    Search search{.scenario = at, .point = {}, .rates = RateSearch(at.workload.rate, options_)};
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
      trials.push_back(
          {folder / folders.back(), point_yaml(search.scenario), inputs_of(search.scenario)});
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
  const double share = attainment(*end.report);
  search.rates.take(share, end.report->rows.front().verdict == kVerdictNames[Verdict::stable]);
  write_to_stderr(fmt::format("{}: {:.4g} /s: {:.1f}% within SLO\n", printable(name_of(search)),
                              rate, 100 * share));
  if (search.rates.passed().value_or(rate) != rate) return;
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
    else if (!search.rates.next() && !search.rates.passed() && !search.rates.plateau())
      failures.push_back(fmt::format("{}: no rate down to {:.4g} /s has {:.0f}% within SLO",
                                     name_of(search), kLowestRate, 100 * options_.attainment));
  return failures;
}

std::vector<std::string> MaxRate::plateaus() const {
  std::vector<std::string> sentences;
  for (const Search& search : searches_)
    if (const std::optional<double> share = search.rates.plateau())
      sentences.push_back(fmt::format(
          "{}: no rate has {:.4g}% within SLO: it stands still at {:.1f}% down to {:.4g} /s",
          name_of(search), 100 * options_.attainment, 100 * *share,
          search.rates.tried().front().rate));
  return sentences;
}

Report MaxRate::report() const {
  std::vector<SweepPoint> points;
  for (const Search& search : searches_) points.push_back(search.point);
  Report report = aggregate(meta_, axes_, points);
  std::vector<Column> found = all_columns();
  std::erase_if(found, [](const Column& c) { return c.key != kRate && c.key != kPlateau; });
  report.columns.insert(report.columns.begin(), found.begin(), found.end());
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
    if (rates.refused()) row.ci95[kRate] = *rates.refused() - *rates.passed();
  }
  return report;
}

}  // namespace splitbench
