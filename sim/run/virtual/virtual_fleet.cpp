#include "sim/run/virtual/virtual_fleet.hpp"

#include <utility>

#include "workers/decode_worker.hpp"
#include "workers/prefill_worker.hpp"

namespace splitbench {

/// The observer of a worker, whose reports pass its gate.
class VirtualFleet::GatedObserver final : public PrefillObserver, public DecodeObserver {
 public:
  GatedObserver(Gate& gate, PrefillObserver& prefill, DecodeObserver& decode)
      : gate_(gate), prefill_(prefill), decode_(decode) {}

  void on(const PrefillBegan& e) override { tell(prefill_, e); }
  void on(const PrefillComputed& e) override { tell(prefill_, e); }
  void on(PrefillReleased e) override { tell(prefill_, std::move(e)); }
  void on(Installed e) override { tell(decode_, std::move(e)); }
  void on(Finished e) override { tell(decode_, std::move(e)); }
  void on(const Verified& e) override { tell(decode_, e); }
  void on(const Refused& e) override { tell(decode_, e); }
  void on(const Dropped& e) override {
    if (e.by_prefill)
      tell(prefill_, e);
    else
      tell(decode_, e);
  }

 private:
  template <class Observer, class Event>
  void tell(Observer& observer, Event&& e) {
    if (gate_.is_open()) return observer.on(std::forward<Event>(e));
    gate_.pass([&observer, e = std::forward<Event>(e)] { observer.on(e); });
  }

  Gate& gate_;
  PrefillObserver& prefill_;
  DecodeObserver& decode_;
};

struct VirtualFleet::PrefillEnd {
  PrefillEnd(VirtualFleet& fleet, std::uint32_t index)
      : observer(gate, *fleet.prefill_observer_, *fleet.decode_observer_),
        engine(fleet.loop_, fleet.prefill_costs_),
        keeper(fleet.codebooks_),
        worker(fleet.loop_, fleet.scenario_.pipeline, engine, keeper,
               fleet.wire_.open_senders(index, gate), observer) {}

  Gate gate;
  GatedObserver observer;
  ScheduledPrefillEngine engine;
  CodebookKeeper keeper;
  PrefillWorker worker;
};

struct VirtualFleet::DecodeEnd {
  DecodeEnd(VirtualFleet& fleet, std::uint32_t index)
      : observer(gate, *fleet.prefill_observer_, *fleet.decode_observer_),
        engine(fleet.loop_, fleet.decode_costs_),
        worker(fleet.loop_, fleet.scenario_.pipeline, engine,
               fleet.wire_.open_receiver(index, gate), observer) {}

  Gate gate;
  GatedObserver observer;
  ScheduledDecodeEngine engine;
  DecodeWorker worker;
};

VirtualFleet::VirtualFleet(VirtualLoop& loop, const Scenario& scenario,
                           CodebookKeeper::Spec codebooks, PrefillCosts& prefill_costs,
                           DecodeCosts& decode_costs)
    : loop_(loop),
      scenario_(scenario),
      codebooks_(std::move(codebooks)),
      prefill_costs_(prefill_costs),
      decode_costs_(decode_costs),
      wire_(loop, scenario.link, scenario.workers.prefill, scenario.workers.decode,
            scenario.pipeline.staging_plan().credits_per_sender(scenario.workers.prefill),
            scenario.transport_options.payload_hash),
      prefill_(scenario.workers.prefill),
      decode_(scenario.workers.decode) {
  wire_.on_corrupt = [this](const FlowId& flow) {
    lose(flow, "the payload of a chunk does not match its hash");
  };
}

VirtualFleet::~VirtualFleet() = default;

void VirtualFleet::bring_up(PrefillObserver& prefill_observer, DecodeObserver& decode_observer,
                            Supervisor* supervisor) {
  prefill_observer_ = &prefill_observer;
  decode_observer_ = &decode_observer;
  supervisor_ = supervisor;
  for (std::uint32_t p = 0; p < prefill_.size(); ++p) make({.prefill = true, .index = p});
  for (std::uint32_t d = 0; d < decode_.size(); ++d) make({.prefill = false, .index = d});
  if (supervisor_) return;
  for (std::uint32_t p = 0; p < prefill_.size(); ++p)
    for (std::uint32_t d = 0; d < decode_.size(); ++d) wire_.connect({p, d});
}

void VirtualFleet::make(Member member) {
  if (member.prefill) {
    auto& place = prefill_[member.index];
    if (place) dead_prefill_.push_back(std::move(place));
    place = std::make_unique<PrefillEnd>(*this, member.index);
  } else {
    auto& place = decode_[member.index];
    if (place) dead_decode_.push_back(std::move(place));
    place = std::make_unique<DecodeEnd>(*this, member.index);
  }
  if (supervisor_) supervisor_->returned(member);
}

Gate& VirtualFleet::gate(const Member& member) {
  return member.prefill ? prefill_[member.index]->gate : decode_[member.index]->gate;
}

void VirtualFleet::start(const Job& job) {
  // Posted, as in a real run: the dispatcher is in the middle of something.
  loop_.post([&end = *prefill_[job.prefill_worker], job] {
    end.gate.pass([&end, job] { end.worker.start(job); });
  });
}

void VirtualFleet::drop(Member member, std::uint64_t job) {
  loop_.post([this, &gate = gate(member), member, job] {
    gate.pass([this, member, job] {
      if (member.prefill)
        prefill_[member.index]->worker.drop(job);
      else
        decode_[member.index]->worker.drop(job);
    });
  });
}

void VirtualFleet::end(Member member) {
  gate(member).shut();
  for (std::uint32_t p = 0; p < prefill_.size(); ++p)
    for (std::uint32_t d = 0; d < decode_.size(); ++d)
      if (is_end(member, {p, d})) wire_.cut({p, d});
}

void VirtualFleet::restart(Member member) {
  loop_.after(scenario_.restart_time, [this, member] { make(member); });
}

void VirtualFleet::connect(const FlowId& flow, std::uint64_t session) {
  wire_.connect(flow);
  supervisor_->flow_up(flow, session);
}

void VirtualFleet::inject(const FaultSpec& fault) {
  const Member member = member_of(fault);
  const FlowId flow = flow_of(fault);
  switch (fault.kind) {
    case FaultKind::kill:
      gate(member).shut();
      return supervisor_->lost(member, name_of(member) + " was killed");
    case FaultKind::stop:
      return stop(member, fault);
    case FaultKind::cut:
      return lose(flow, "the connection was cut");
    case FaultKind::corrupt:
      return wire_.corrupt_next(flow);
    case FaultKind::delay:
    case FaultKind::stop_reading:
      return hold(flow, fault.duration);
    case FaultKind::duplicate:
      supervisor_->noticed(flow, "a message came twice, and was discarded");
      return;
    case FaultKind::pool_full:
      decode_[*fault.decode]->worker.fill_pool_until(loop_.now() + fault.duration);
      return;
    case FaultKind::cancel:
    case FaultKind::coordinator:
      return;  // not faults of the fleet
  }
}

void VirtualFleet::stop(const Member& member, const FaultSpec& fault) {
  Gate& held = gate(member);
  held.hold();
  const Time patience = scenario_.heartbeat_timeout;
  if (fault.duration > Time{0} && fault.duration < patience)
    return loop_.after(fault.duration, [&held] { held.open(); });
  loop_.after(patience, [this, member, &held] {
    if (held.is_open() || held.is_shut()) return;
    supervisor_->lost(member,
                      name_of(member) + " " + was_not_heard_of(scenario_.heartbeat_timeout));
  });
}

void VirtualFleet::hold(const FlowId& flow, Time duration) {
  wire_.hold(flow);
  const std::uint64_t session = supervisor_->session(flow);
  loop_.after(std::min(duration, scenario_.heartbeat_timeout), [this, flow, session, duration] {
    if (supervisor_->session(flow) != session || !supervisor_->is_up(flow)) return;
    if (duration < scenario_.heartbeat_timeout) return wire_.release(flow);
    lose(flow, "nothing was heard of the remote end");
  });
}

void VirtualFleet::lose(const FlowId& flow, const std::string& why) {
  wire_.cut(flow);
  supervisor_->flow_lost(flow, supervisor_->session(flow), why);
}

}  // namespace splitbench
