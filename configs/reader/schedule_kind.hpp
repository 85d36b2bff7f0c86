#pragma once
#include <string>

#include "configs/reader/value_kind.hpp"
#include "workloads/generators/rate_schedule.hpp"

namespace splitbench::kind {

/// How a rate moves: none, `ramp(from 0.5, to 2, over 60 s)`.
Kind<ScheduleSpec> schedule();

/// Its forms, a line each.
std::string schedule_forms();

}  // namespace splitbench::kind
