#pragma once
#include <span>

#include "configs/scenario.hpp"
#include "workers/kv/kv_source.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// The two ways to find out how transfers go in virtual time, with the same results: they are
/// computed (ComputedFleet) or, which takes longer and which faults need, played by the workers of
/// a real run (VirtualFleet).
enum class Transfers { computed, played };

/// Runs one arm once in virtual time: the policies of a real run over modelled devices and the
/// modelled wire, in one thread, the same to the byte for the same scenario and trace. A lost
/// worker or a mismatch does not throw: the record's `failure` names it. Throws BrokenInvariant if
/// the run stops before its requests are completed. The source may be null if
/// needs_elements() is false.
RunRecord run_virtually(const Scenario&, const KvSource*, std::span<const Request> trace, Arm,
                        int repeat, Transfers = Transfers::computed);

/// Returns whether figures of this scenario in virtual time depend on the KV's elements: not if no
/// arm has frames, and nothing drifts.
bool needs_elements(const Scenario&);

}  // namespace splitbench
