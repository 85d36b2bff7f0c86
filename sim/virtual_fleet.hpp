#pragma once
#include <deque>

#include "configs/scenario.hpp"
#include "network/event_loop.hpp"
#include "sim/scheduled_engine.hpp"
#include "sim/virtual_wire.hpp"
#include "workers/decode_worker.hpp"
#include "workers/pipeline.hpp"
#include "workers/prefill_worker.hpp"

namespace splitbench {

/// The workers of a scenario and the wires between them, in virtual time. All references must
/// outlive it.
class VirtualFleet {
 public:
  VirtualFleet(VirtualLoop&, const Scenario&, const Pipeline&, PrefillCosts&, DecodeCosts&,
               PrefillObserver&, DecodeObserver&);

  void start(const Job& job) { prefill_[job.prefill_worker].start(job); }

 private:
  VirtualWire wire_;
  std::deque<ScheduledPrefillEngine> prefill_engines_;
  std::deque<ScheduledDecodeEngine> decode_engines_;
  std::deque<PrefillWorker> prefill_;
  std::deque<DecodeWorker> decode_;
};

}  // namespace splitbench
