#pragma once
#include <string>

#include "configs/reader/value_kind.hpp"
#include "workers/kv/drift.hpp"
#include "workloads/generators/distribution.hpp"
#include "workloads/generators/rate_schedule.hpp"

namespace splitbench::kind {

/// A count of tokens, or one that differs from draw to draw: `8k`, `uniform(from 1k, to 8k)`.
Kind<Distribution> tokens();

/// The same, or the lengths of a trace drawn again: `prompts(file trace.jsonl)`. The path stays as
/// it was given.
Kind<Distribution> lengths();

/// The same of times: `2 s`, `exponential(mean 2 s)`.
Kind<Distribution> times();

/// The forms of lengths, a line each.
std::string distribution_forms();

/// How a rate moves: none, `ramp(from 0.5, to 2, over 60 s)`.
Kind<ScheduleSpec> schedule();

/// Its forms, a line each.
std::string schedule_forms();

/// What drifts: `none`, `scale_shift(binades 3)`; parts that are left out, or a name alone, have
/// values that a codebook feels. Of `to` it is the name alone, as it was given.
Kind<DriftSpec> drift();

/// How far, and when: `step(at 32)`, `ramp(from 10 s, over 1 min)`.
Kind<DriftPath> drift_path();

/// The forms of each, a line a form.
std::string drift_forms();
std::string drift_path_forms();

}  // namespace splitbench::kind
