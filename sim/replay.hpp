#pragma once
#include <span>

#include "configs/scenario.hpp"
#include "sim/dispatcher.hpp"
#include "workers/pipeline.hpp"

namespace splitbench {

/// How much longer the transfers of a real run took, first pack to last install, than the same
/// policies over the same model of the wire say, given each stage's measured time and the measured
/// start of each job: what the testbed itself added. 0.01 is one percent; 0 when nothing was
/// transferred.
double intrusion(const Scenario&, const Pipeline&, std::span<const Dispatcher::Transferred>);

}  // namespace splitbench
