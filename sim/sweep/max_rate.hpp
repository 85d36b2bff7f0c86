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
/// precision. If passing is not monotonic in the rate, it finds one of the borders. It ends without
/// a rate where the load is carried and the attainment stands still while the rate is halved:
/// requests no longer wait, and miss the SLOs by themselves. Rates are requests per second.
class RateSearch {
 public:
  /// A rate that was tried, the share of requests that met every SLO, and whether the system
  /// carried the load: requests waited less than they were served, and no longer as the run went
  /// on.
  struct Trial {
    double rate = 0, attainment = 0;
    bool carried = false;
  };

  RateSearch(double first, const MaxRateOptions& wanted);

  /// Returns the rate to try next, of four digits, or none when the search is over.
  std::optional<double> next() const;
  /// Takes the attainment, a share, of the rate that next() returned, and whether it was carried.
  void take(double attainment, bool carried);

  /// Returns the highest rate that passed, and refused() the lowest above it that did not, as far
  /// as there are any.
  std::optional<double> passed() const { return passed_; }
  std::optional<double> refused() const { return refused_; }
  /// Returns the attainment that no lower rate exceeds, where that is too little to pass.
  std::optional<double> plateau() const;

  /// Returns the trials so far, in ascending order of rates.
  const std::vector<Trial>& tried() const { return tried_; }

 private:
  double first_;
  MaxRateOptions wanted_;
  std::optional<double> passed_, refused_;
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
  /// Returns a sentence on each search that found that no rate passes.
  std::vector<std::string> plateaus() const;
  std::size_t trials() const { return trials_; }

  /// Returns a report with a row for each search: max_goodput_rate, and the figures of the trial at
  /// that rate. Its interval (ci95) reaches to the lowest rate that did not pass. Where none
  /// passes, the row has attainment_plateau and the figures of the trial at the lowest rate. The
  /// trials of all searches are in it as well.
  Report report() const;

 private:
  struct Search {
    Scenario scenario;
    SweepPoint point;  ///< best trial so far; while none has passed, that of the lowest rate
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
