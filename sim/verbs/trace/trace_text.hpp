#pragma once
#include <string>

#include "codec/element.hpp"
#include "workers/plan/model.hpp"
#include "workloads/traces/trace_reader.hpp"
#include "workloads/traces/trace_statistics.hpp"

namespace splitbench {

/// What `trace stats` prints: a trace, and what it means for the cache of a model.
struct TraceReport {
  TraceStatistics statistics;
  LeftOut left_out;
  bool starts_recorded = true;
  ModelGeometry model;
  ElementType kv_dtype = ElementType::bf16;

  double bytes_per_token() const;
};

std::string to_table(const TraceReport& report);
/// One object; its keys are those that scripts read.
std::string to_json(const TraceReport& report);

}  // namespace splitbench
