#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "configs/scenario.hpp"
#include "reports/analysis/aggregate.hpp"
#include "sim/sweep/point_runner.hpp"
#include "sim/sweep/rate_search.hpp"

namespace splitbench {

/// What counts as found.
struct MaxRateOptions {
  double attainment = 0.9;  ///< share of requests that must meet every SLO
  double precision = 0.05;  ///< between the highest rate that passed and the lowest that did not
};

/// Looks for the highest workload.rate at which enough requests meet the scenario's SLOs, for each
/// arm at each point of the scenario's axes, if it has any. Every trial is a run in a folder of its
/// own; the same search over the same folder goes on where it was interrupted.
class MaxRate {
 public:
  /// Throws InputError where the scenario has no SLO, or requests that do not come at a rate.
  MaxRate(const Scenario& scenario, const MaxRateOptions& options);

  /// Trials go on side by side, one of each search; the folder's report.json follows. Throws
  /// Interrupted.
  void run(const std::filesystem::path& folder, std::size_t jobs);

  /// Whether any trial is to be in real time.
  bool any_real() const { return any_real_; }

  /// Searches that came to nothing, and why.
  std::vector<std::string> failures() const;
  std::size_t trials() const { return trials_; }

  /// A row for each search: max_goodput_rate, and the figures of the trial at that rate. Its
  /// interval (ci95) reaches to the lowest rate that did not pass.
  Report report() const;

 private:
  struct Search {
    Scenario scenario;
    SweepPoint point;  ///< of the best trial so far
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
