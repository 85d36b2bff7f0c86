#pragma once
#include <string>

#include "configs/reader/value_kind.hpp"
#include "workers/kv/drift.hpp"

namespace splitbench::kind {

/// What drifts: `none`, `scale_shift(binades 3)`; parts that are left out, or a name alone, have
/// values that a codebook feels. Of `to` it is the name alone, as it was given.
Kind<DriftSpec> drift();

/// How far, and when: `step(at 32)`, `ramp(from 10 s, over 1 min)`.
Kind<DriftPath> drift_path();

/// The forms of each, a line a form.
std::string drift_forms();
std::string drift_path_forms();

}  // namespace splitbench::kind
