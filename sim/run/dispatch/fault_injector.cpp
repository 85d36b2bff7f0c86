#include "sim/run/dispatch/fault_injector.hpp"

#include <string>
#include <utility>

namespace splitbench {
namespace {

/// Returns the fault aimed at the workers of the job that drew it, where the scenario leaves the
/// target open.
FaultSpec aimed_at(FaultSpec fault, const Job& job) {
  const bool worker = fault.kind == FaultKind::kill || fault.kind == FaultKind::stop;
  if (!worker && !fault.prefill) fault.prefill = job.prefill_worker;
  if (!worker && !fault.decode) fault.decode = job.decode_worker;
  return fault;
}

/// Draws a number from 0 to 1, the same on every platform, which the standard's distributions are
/// not.
double draw(std::mt19937_64& random) {
  return static_cast<double>(random() >> 11) * 0x1p-53;
}

}  // namespace

FaultInjector::FaultInjector(EventLoop& loop, const Scenario& scenario, Dispatcher& dispatcher,
                             Supervisor& supervisor, FaultTarget& target,
                             std::function<void()> vanish)
    : loop_(loop),
      scenario_(scenario),
      dispatcher_(dispatcher),
      supervisor_(supervisor),
      target_(target),
      vanish_(std::move(vanish)),
      random_(scenario.seed) {}

void FaultInjector::arm() {
  for (const FaultSpec& fault : scenario_.faults)
    if (fault.at) loop_.after(*fault.at, [this, fault] { inject(fault); });
  dispatcher_.on_start = [this](const Job& job) {
    for (const FaultSpec& fault : scenario_.faults)
      if (!fault.at && draw(random_) < fault.probability)
        loop_.post([this, aimed = aimed_at(fault, job)] { inject(aimed); });
  };
}

void FaultInjector::inject(FaultSpec fault) {
  const std::string name(kFaultNames[fault.kind]);
  switch (fault.kind) {
    case FaultKind::coordinator:
      return vanish_();
    case FaultKind::cancel:
      return dispatcher_.cancel_a_request(name);
    case FaultKind::kill:
    case FaultKind::stop:
    case FaultKind::pool_full: {
      if (fault.kind == FaultKind::pool_full) fault.prefill.reset();
      const Member member = member_of(fault);
      if (!supervisor_.is_alive(member)) return;
      supervisor_.injected(name, member);
      break;
    }
    case FaultKind::cut:
    case FaultKind::corrupt:
    case FaultKind::delay:
    case FaultKind::duplicate:
    case FaultKind::stop_reading: {
      const FlowId flow = flow_of(fault);
      fault.prefill = flow.sender;
      fault.decode = flow.receiver;
      if (!supervisor_.is_up(flow)) return;
      supervisor_.injected(name, flow);
      break;
    }
  }
  target_.inject(fault);
}

}  // namespace splitbench
