#pragma once
#include <string>

#include "configs/reader/value_kind.hpp"
#include "workers/kv/drift.hpp"
#include "workloads/generators/distribution.hpp"
#include "workloads/generators/rate_schedule.hpp"

namespace splitbench::kind {

/// Returns the kind of a count of tokens, fixed or different from draw to draw: `8k`, `uniform(from
/// 1k, to 8k)`.
Kind<Distribution> tokens();

/// Returns tokens() extended by the lengths of a trace, drawn again: `prompts(file trace.jsonl)`.
/// The path is kept as it was given.
Kind<Distribution> lengths();

/// Returns the kind of a time, fixed or different from draw to draw: `2 s`, `exponential(mean 2
/// s)`. Its values are in nanoseconds.
Kind<Distribution> times();

/// Returns the forms of lengths, one per line.
std::string distribution_forms();

/// Returns the kind of a rate's schedule: `none`, `ramp(from 0.5, to 2, over 60 s)`.
Kind<ScheduleSpec> schedule();

/// Returns the forms of a schedule, one per line.
std::string schedule_forms();

/// Returns the kind of a drift: `none`, `scale_shift(binades 3)`. Parts that are left out, as in a
/// name alone, get values large enough to hurt a codebook. Of the profile `to` only the name is
/// set, as it was given.
Kind<DriftSpec> drift();

/// Returns the kind of a path of drift, which says when the KV drifts and how far: `step(at 32)`,
/// `ramp(from 10 s, over 1 min)`.
Kind<DriftPath> drift_path();

/// Return the forms of drift and of its path, one per line.
std::string drift_forms();
std::string drift_path_forms();

}  // namespace splitbench::kind
