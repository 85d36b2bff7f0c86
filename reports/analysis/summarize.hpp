#pragma once
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reports/analysis/break_even.hpp"
#include "reports/analysis/link_use.hpp"
#include "reports/analysis/observation.hpp"
#include "reports/analysis/slowdown.hpp"
#include "reports/analysis/validity.hpp"
#include "reports/report.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// Makes a report of runs that are added one by one and not kept. It has one row per arm, in the
/// order in which arms first appear; warm-up is left out. Not thread-safe.
///
///   percentiles, means   over the samples of all repeats together, never the repeats' percentiles
///   rates, ratios        the mean over repeats of each repeat's own figure
///   counts, bytes        the sum over repeats; codebook_changes_most is the largest of them
///   spread, ci95         over the repeats' own figures, and over an arm's self-checks
///   quantile_ci95        of one repeat's percentiles, unless it is virtual and nothing is random:
///                        such a run is all there is to know
///   slowdown             over the pairs of all repeats: see slowdown.hpp
///   break-even           from the stage times of all repeats: see break_even.hpp
///   self-checks          the mean over the arm's checks; each of them is judged for validity;
///                        stage_inflation that of encode or decode, whichever is further from 0
///   verdict              that of the repeat in the middle, so that one unlucky draw is no overload
///   histograms           all repeats together
///   series, drift        the first repeat
///
/// Each figure is valid or not by itself (Row::invalid). Rules, and the figures that each bears on:
///
///   intrusion            the testbed's own time, the mean of an arm's runs: transfers if it is
///                        above 1% of them, and TTFT, E2EL and throughput if it is above 1% of a
///                        mean TTFT or E2EL; the exposed transfer is a part of TTFT
///   stage inflation      encode or decode in the runs beside alone, unless SelfCheck::loaded: if
///                        its 95% interval lies beyond ±10%, or is wider than ±3% and reaches
///                        beyond, the codec's stages and break-even, and each time of which what
///                        the codec took too long is above 1%
///   late arrivals        above 1% of the chunks, and the link rate achieved more than 1% below the
///                        configured one or unknown: every time but the codec's and between tokens
///   computing            of both workers on one GPU: every time
///   requests             that failed or are unfinished: every time
///
/// The report is valid if all figures are but those of the codec's stages and break-even, which few
/// readers need and which a machine that is a little busy makes doubtful. Two findings are only
/// warnings: cancelled requests; and, if transfers never compete, a median transfer of splitzip
/// that gains more over raw than elements in fewer bits can give: bf16 4/3, FP8 8/7.
class Summarizer {
 public:
  explicit Summarizer(const Slo& slo) : slo_(slo) {}

  /// Adds a run, to which no reference is kept. The first run of an arm gives its series.
  void add(const RunRecord& run);

  /// Returns the report of the runs so far. `meta` describes them; repeats, validity and warnings
  /// are added to it.
  Report report(const ReportMeta& meta, std::span<const SelfCheck> checks) const;

 private:
  struct Arm {
    std::string name;
    std::vector<Observation> repeats;
    StageTimes stage_times;
    LinkUse link_use;
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

/// Returns the report of runs that are all at hand; meta.slo are the bounds.
Report summarize(const ReportMeta& meta, std::span<const RunRecord> runs,
                 std::span<const SelfCheck> checks);

}  // namespace splitbench
