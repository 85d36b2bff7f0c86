#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "configs/scenario.hpp"
#include "reports/analysis/aggregate.hpp"
#include "reports/analysis/verdict.hpp"
#include "sim/sweep/point_runner.hpp"
#include "workloads/locked_folder.hpp"

namespace splitbench {

/// The bounds of the rates that are tried, in requests per second.
inline constexpr double kLowestRate = 1e-4;
inline constexpr double kHighestRate = 1e6;

/// The criteria of a search.
struct MaxRateOptions {
  double attainment = 0.9;  ///< share of requests that must meet every SLO
  double precision = 0.05;  ///< relative gap from the best rate to the lowest that did not pass
};

/// Finds the highest rate that still passes, by trial: doubles or halves from the first one until
/// one passes and one does not, then halves the ratio between them until it is within the
/// precision. If passing is not monotonic in the rate, it finds one of the borders.
///
/// A trial passes if enough requests meet the SLOs. Where those of the highest rate do although the
/// system serves less than half of that rate and queues grow, the run is too short for the SLOs to
/// limit it: the load is the limit then, and no rate passes that is above the most that was served.
///
/// The search ends without a rate where the load is carried and the attainment stands still while
/// the rate is halved: requests no longer wait, and miss the SLOs by themselves. Rates are requests
/// per second.
class RateSearch {
 public:
  /// A rate that was tried, the share of requests that met every SLO, the requests served per
  /// second, and how the load was borne.
  struct Trial {
    double rate = 0, attainment = 0, throughput = 0;
    Verdict verdict = Verdict::stable;
  };

  RateSearch(double first, const MaxRateOptions& wanted);

  /// Returns the rate to try next, of four digits, or none when the search is over.
  std::optional<double> next() const;
  /// Takes the trial of the rate that next() returned.
  void take(const Trial& trial);

  /// Returns the highest rate that passed, and refused() the lowest above it that did not, as far
  /// as there are any.
  std::optional<double> passed() const;
  std::optional<double> refused() const;
  /// Returns the attainment that no lower rate exceeds, where that is too little to pass.
  std::optional<double> plateau() const;

  /// Returns the trials so far, in ascending order of rates.
  const std::vector<Trial>& tried() const { return tried_; }

 private:
  bool meets_slo(const Trial& trial) const { return trial.attainment >= wanted_.attainment; }
  bool is_limited_by_load() const;
  bool passes(const Trial& trial) const;

  double first_;
  MaxRateOptions wanted_;
  std::vector<Trial> tried_;
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
  /// report.json and report.html follow them. Throws Interrupted.
  void run(const std::filesystem::path& folder, std::size_t jobs,
           LockedFolder::Foreign foreign = LockedFolder::Foreign::refuse);

  /// Returns whether any trial is to be in real time.
  bool any_real() const { return any_real_; }

  /// Returns the searches of which a trial failed, or whose end is not known, and why.
  std::vector<std::string> failures() const;
  std::size_t trials() const { return trials_; }

  /// Returns a report with a row for each search: max_goodput_rate, the figures of the trial at
  /// that rate, and refused_rate. Where none passes, the row has attainment_plateau and the figures
  /// of the trial at the lowest rate. The trials of all searches are in it as well.
  Report report() const;

 private:
  struct Search {
    Scenario scenario;
    SweepPoint point;  ///< its place, and why it failed if it did
    RateSearch rates;
    std::map<double, SweepPoint> trials;  ///< by rate
  };
  void add_searches(const Scenario& at, const std::vector<std::string>& values);
  void take(Search& search, const std::string& folder, PointEnd end);
  /// Returns the best trial so far; while none has passed, that of the lowest rate.
  static SweepPoint best_of(const Search& search);
  std::string name_of(const Search& search) const;

  MaxRateOptions options_;
  ReportMeta meta_;
  std::vector<Axis> axes_;
  std::vector<Search> searches_;
  bool any_real_ = false;
  std::size_t trials_ = 0;
};

}  // namespace splitbench
