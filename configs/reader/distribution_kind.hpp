#pragma once
#include <string>

#include "configs/reader/value_kind.hpp"
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

}  // namespace splitbench::kind
