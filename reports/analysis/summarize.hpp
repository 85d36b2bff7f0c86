#pragma once
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reports/analysis/break_even.hpp"
#include "reports/analysis/observation.hpp"
#include "reports/analysis/slowdown.hpp"
#include "reports/analysis/validity.hpp"
#include "reports/report.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// Makes a report of runs that it is shown one by one and does not keep. One row per arm, in the
/// order in which arms first appear; warm-up is left out.
///
///   percentiles, means   of the samples of all repeats together, never of the repeats' percentiles
///   rates, ratios        the mean over repeats of each repeat's own figure
///   counts, bytes        the sum over repeats; of one scope's codebook changes the most
///   spread, ci95         over the repeats' own figures
///   slowdown             over the pairs of all repeats: see slowdown.hpp
///   break-even           of the stage times of all repeats: see break_even.hpp
///   self-checks          the mean over the arm's checks; validity is judged by each of them
///   verdict              the worst of the repeats'
///   histograms           of all repeats together;   series   of the first, of drift too
///
/// The report is not valid, and a warning names arm and figure, where |intrusion| > 1%,
/// stage_inflation > 10% (unless a load competes on purpose), late_arrivals > 1%, a request failed
/// or is unfinished, or the workers shared a GPU. A warning alone: requests that were sent again or
/// cancelled; transfers without competing ones that gained more than elements in fewer bits can
/// give: bf16 4/3, FP8 8/7.
class Summarizer {
 public:
  explicit Summarizer(const Slo& slo) : slo_(slo) {}

  void add(const RunRecord& run);

  Report report(const ReportMeta& meta, std::span<const SelfCheck> checks) const;

 private:
  struct Arm {
    std::string name;
    std::vector<Observation> repeats;
    StageTimes stage_times;
    Series series;
    std::optional<DriftSeries> drift;
  };
  Arm& arm(const std::string& name);
  const StageTimes& stage_times_of_raw() const;

  Slo slo_;
  std::vector<Arm> arms_;
  std::map<std::string, Outcome> outcomes_;
  Slowdown slowdown_;
  bool competing_ = false;
  std::vector<RunIncident> incidents_;
};

/// The same of runs that are all at hand; meta.slo are the bounds.
Report summarize(const ReportMeta& meta, std::span<const RunRecord> runs,
                 std::span<const SelfCheck> checks);

}  // namespace splitbench
