#pragma once
#include <random>
#include <stdexcept>

#include "configs/scenario.hpp"
#include "network/event_loop.hpp"
#include "sim/run/dispatch/dispatcher.hpp"
#include "sim/run/dispatch/fleet.hpp"
#include "sim/run/dispatch/supervisor.hpp"
#include "workers/plan/settings.hpp"

namespace splitbench {

/// Returns the worker that a fault of a worker targets.
inline Member member_of(const FaultSpec& fault) {
  return fault.prefill ? Member{true, *fault.prefill} : Member{false, fault.decode.value_or(0)};
}
/// Returns the flow that a fault of a flow targets.
inline FlowId flow_of(const FaultSpec& fault) {
  return {fault.prefill.value_or(0), fault.decode.value_or(0)};
}

/// The target that faults are injected into. It does not announce an injection: the fault has to be
/// detected like any other.
class FaultTarget {
 public:
  virtual ~FaultTarget() = default;
  /// Injects a fault of any kind but cancel and coordinator; its worker or flow must be set.
  virtual void inject(const FaultSpec&) = 0;
};

/// The error that ends a virtual run when a fault of the scenario makes its coordinator vanish.
class CoordinatorVanished : public std::runtime_error {
 public:
  CoordinatorVanished() : std::runtime_error("the coordinator vanished") {}
};

/// Injects the faults of a scenario into one run: at their times, or by chance with each job that
/// starts, the same for a seed in both kinds of time. Not thread-safe.
class FaultInjector {
 public:
  /// `vanish` is called when a fault ends the coordinator. References must outlive this object, and
  /// it must outlive the run.
  FaultInjector(EventLoop&, const Scenario&, Dispatcher&, Supervisor&, FaultTarget&,
                std::function<void()> vanish);
  /// Schedules the faults, with times counted from now, and takes the dispatcher's `on_start`.
  void arm();

 private:
  void inject(FaultSpec);

  EventLoop& loop_;
  const Scenario& scenario_;
  Dispatcher& dispatcher_;
  Supervisor& supervisor_;
  FaultTarget& target_;
  std::function<void()> vanish_;
  std::mt19937_64 random_;
};

}  // namespace splitbench
