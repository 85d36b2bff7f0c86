#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "configs/scenario.hpp"
#include "reports/analysis/aggregate.hpp"
#include "sim/sweep/point_runner.hpp"
#include "workloads/locked_folder.hpp"

namespace splitbench {

/// Finds the highest rate that still passes, by trial: doubles or halves from the first one until
/// one passes and one does not, then halves the ratio between them until it is within `precision`
/// (0.05: 5%). If passing is not monotonic in the rate, it finds one of the borders. Rates are
/// requests per second.
class RateSearch {
 public:
  RateSearch(double first, double precision);

  /// Returns the rate to try next, of four digits, or none when the search is over.
  std::optional<double> next() const;
  /// Takes the result of the rate that next() returned.
  void take(bool passed);

  /// Returns the highest rate that passed, and refused() the lowest above it that did not, as far
  /// as there are any.
  std::optional<double> passed() const { return passed_; }
  std::optional<double> refused() const { return refused_; }

 private:
  double first_, precision_;
  std::optional<double> passed_, refused_;
};

/// The bounds of the rates that are tried, in requests per second.
inline constexpr double kLowestRate = 1e-4;
inline constexpr double kHighestRate = 1e6;

/// The criteria of a search.
struct MaxRateOptions {
  double attainment = 0.9;  ///< share of requests that must meet every SLO
  double precision = 0.05;  ///< relative gap from the best rate to the lowest that did not pass
};

/// Looks for the highest workload.rate at which enough requests meet the scenario's SLOs, for each
/// arm at each point of the scenario's axes, if it has any. Every trial is a run in a folder of its
/// own; the same search over the same folder goes on where it was interrupted.
class MaxRate {
 public:
  /// Throws InputError if a point has no SLO, has requests that do not come at a rate, or has
  /// values that do not go together.
  MaxRate(const Scenario& scenario, const MaxRateOptions& options);

  /// Runs the trials side by side, at most `jobs` at once and one of each search; the folder's
  /// report.json follows them. Throws Interrupted.
  void run(const std::filesystem::path& folder, std::size_t jobs,
           LockedFolder::Foreign foreign = LockedFolder::Foreign::refuse);

  /// Returns whether any trial is to be in real time.
  bool any_real() const { return any_real_; }

  /// Returns the searches that came to nothing, and why.
  std::vector<std::string> failures() const;
  std::size_t trials() const { return trials_; }

  /// Returns a report with a row for each search: max_goodput_rate, and the figures of the trial at
  /// that rate. Its interval (ci95) reaches to the lowest rate that did not pass.
  Report report() const;

 private:
  struct Search {
    Scenario scenario;
    SweepPoint point;  ///< best trial so far
    RateSearch rates;
  };
  void add_searches(const Scenario& at, const std::vector<std::string>& values);
  void take(Search& search, const std::string& folder, PointEnd end);
  std::string name_of(const Search& search) const;

  MaxRateOptions options_;
  ReportMeta meta_;
  std::vector<Axis> axes_;
  std::vector<Search> searches_;
  bool any_real_ = false;
  std::size_t trials_ = 0;
};

}  // namespace splitbench
