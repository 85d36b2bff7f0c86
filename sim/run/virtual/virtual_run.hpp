#pragma once
#include <span>

#include "configs/scenario.hpp"
#include "workers/kv/kv_source.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// One run (one arm, one repeat) in virtual time: the policies of a real run over modelled devices
/// and the modelled wire, in one thread, the same to the byte for the same scenario and trace.
RunRecord run_virtually(const Scenario&, const KvSource&, std::span<const Request> trace, Arm,
                        int repeat);

}  // namespace splitbench
