#pragma once
#include "sim/run/dispatch/fleet.hpp"
#include "sim/run/dispatch/supervisor.hpp"
#include "workers/events.hpp"

namespace splitbench {

/// A fleet in virtual time: workers without processes, whose work takes as long as a model says.
class ModelledFleet : public Fleet {
 public:
  /// Creates the workers, which report to the observers. Without a supervisor every flow is up, and
  /// stays so. Observers and supervisor must be valid while the loop runs. To be called once.
  virtual void bring_up(PrefillObserver&, DecodeObserver&, Supervisor*) = 0;
};

}  // namespace splitbench
