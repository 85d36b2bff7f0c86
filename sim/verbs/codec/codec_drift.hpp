#pragma once
#include <string>
#include <vector>

#include "configs/scenario.hpp"
#include "reports/report.hpp"
#include "sim/bench/drift/drift_lab.hpp"
#include "sim/bench/drift/sampling_cost.hpp"

namespace splitbench {

/// The findings of `splitbench codec drift`.
struct DriftResult {
  std::string backend;  ///< "cpu" or "cuda"
  std::string device;
  std::uint64_t tokens = 0;  ///< tokens of a request
  std::vector<DriftRow> rows;
  SamplingCost sampling;
};

/// A line a kind and case.
std::string drift_table(const DriftResult&);
/// One object; its keys are a contract. And a line a row.
std::string drift_json(const DriftResult&, const Scenario&);
std::string drift_csv(const DriftResult&);

/// Returns a report with axes kind, policy and scope.
Report drift_report(const DriftResult&, const Scenario&);

}  // namespace splitbench
