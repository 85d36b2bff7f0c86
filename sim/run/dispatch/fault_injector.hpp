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

/// The worker that a fault of a worker strikes, and the flow that one of a flow does.
inline Member member_of(const FaultSpec& fault) {
  return fault.prefill ? Member{true, *fault.prefill} : Member{false, fault.decode.value_or(0)};
}
inline FlowId flow_of(const FaultSpec& fault) {
  return {fault.prefill.value_or(0), fault.decode.value_or(0)};
}

/// What can be made to fail. What it takes to be noticed is up to those that it strikes.
class FaultTarget {
 public:
  virtual ~FaultTarget() = default;
  /// Any kind but cancel and coordinator, with its worker or flow named.
  virtual void strike(const FaultSpec&) = 0;
};

/// The coordinator of a virtual run has vanished, as a fault of the scenario asked.
class CoordinatorVanished : public std::runtime_error {
 public:
  CoordinatorVanished() : std::runtime_error("the coordinator vanished") {}
};

/// Makes the faults of a scenario happen in one run: at their moments, or by chance with each job
/// that starts, the same for a seed in both kinds of time.
class FaultInjector {
 public:
  /// `vanish` is what the end of the coordinator means. References must outlive it.
  FaultInjector(EventLoop&, const Scenario&, Dispatcher&, Supervisor&, FaultTarget&,
                std::function<void()> vanish);
  /// At the run's start.
  void arm();

 private:
  void strike(FaultSpec);

  EventLoop& loop_;
  const Scenario& scenario_;
  Dispatcher& dispatcher_;
  Supervisor& supervisor_;
  FaultTarget& target_;
  std::function<void()> vanish_;
  std::mt19937_64 random_;
};

}  // namespace splitbench
