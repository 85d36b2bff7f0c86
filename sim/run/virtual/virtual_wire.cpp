#include "sim/run/virtual/virtual_wire.hpp"

#include <algorithm>
#include <utility>

#include "network/tcp/message.hpp"

namespace splitbench {

/// The sender's end of a flow; `wire` has what the two ends have in common.
class VirtualWire::Flow final : public Sender {
 public:
  Flow(VirtualWire& wire, FlowId flow_id, Gate& gate) : id(flow_id), wire_(wire), gate_(gate) {}

  std::uint32_t credits() const override { return credits_; }
  bool idle() const override { return outstanding_ == 0; }
  void begin(const Job& job) override {
    gate_.pass([this, job] { arrive([job](Receiver& to) { to.on_begin(job); }); });
  }
  void send(const Job& job, std::uint32_t index, std::uint32_t slot, std::uint64_t payload_bytes,
            Time packed, std::function<void()> departed) override {
    --credits_;
    ++outstanding_;
    const Arrived chunk{
        .index = index, .slot = slot, .payload_bytes = payload_bytes, .wire = {}, .packed = packed};
    gate_.pass([this, id = job.id, chunk, departed = std::move(departed)] {
      if (up)
        wire_.offer(*this, id, chunk, departed);
      else
        departed();
    });
  }
  void end(const Job& job, std::vector<std::uint64_t> digests) override {
    if (wrong_jobs.contains(job.id) && !digests.empty()) digests.front() ^= 1;
    gate_.pass([this, id = job.id, digests = std::move(digests)] {
      arrive([id, digests](Receiver& to) { to.on_end(id, digests); });
    });
  }
  void cancel(const Job&) override {}  // the receiver is asked to drop the job as well

  /// Delivers a message behind the chunks on the wire; it must not overtake a receiver that stands
  /// still.
  void arrive(std::function<void(Receiver&)> message) {
    if (up)
      passage.pass([this, message = std::move(message)] { wire_.to_receiver(*this, message); });
  }
  void credit() {
    gate_.pass([this] {
      ++credits_;
      --outstanding_;
      on_credit();
    });
  }
  void applied(std::uint64_t job) {
    gate_.pass([this, job] { on_applied(job); });
  }
  void depart(const std::function<void()>& free_slot) { gate_.pass(free_slot); }
  void come_up(std::uint32_t all_credits, std::uint32_t still_held) {
    up = true;
    ++session;
    passage = Gate();
    credits_ = all_credits - still_held;
    outstanding_ = still_held;
    gate_.pass([this] { on_credit(); });
  }
  void go_down() {
    up = false;
    passage.shut();
    credits_ = 0;
  }

  const FlowId id;
  bool up = false;
  std::uint64_t session = 0;
  bool corrupt_next = false;
  Gate passage;
  std::set<std::uint64_t> wrong_jobs;

 private:
  VirtualWire& wire_;
  Gate& gate_;
  std::uint32_t credits_ = 0;
  std::uint32_t outstanding_ = 0;
};

class VirtualWire::Inbox final : public Receiver {
 public:
  Inbox(VirtualWire& wire, std::uint32_t receiver, std::size_t senders, Gate& gate_of_worker)
      : gate(gate_of_worker), held(senders), wire_(wire), receiver_(receiver) {}

  void release(std::uint32_t prefill_worker, std::uint32_t) override {
    --held[prefill_worker];
    gate.pass([this, prefill_worker] {
      if (Flow& f = flow(prefill_worker); f.up) f.credit();
    });
  }
  void applied(const Job& job) override {
    gate.pass([this, from = job.prefill_worker, id = job.id] {
      // Posted, so that neither end destroys the job while the other still holds it.
      if (Flow& f = flow(from); f.up) wire_.loop_.post([&f, id] { f.applied(id); });
    });
  }

  Gate& gate;
  std::vector<std::uint32_t> held;  // slots that hold a chunk, by sender

 private:
  Flow& flow(std::uint32_t sender) { return wire_.flow({sender, receiver_}); }

  VirtualWire& wire_;
  std::uint32_t receiver_;
};

VirtualWire::VirtualWire(VirtualLoop& loop, const LinkSpec& spec, std::uint32_t senders,
                         std::uint32_t receivers, std::uint32_t credits_per_flow, bool payload_hash)
    : loop_(loop),
      link_memory_(Link::bytes_needed(senders, receivers)),
      link_(Link::initialize(link_memory_, spec, senders, receivers)),
      credits_per_flow_(credits_per_flow),
      payload_hash_(payload_hash),
      flows_(std::size_t{senders} * receivers),
      inboxes_(receivers) {}

VirtualWire::~VirtualWire() = default;

std::vector<Sender*> VirtualWire::open_senders(std::uint32_t prefill_worker, Gate& gate) {
  std::vector<Sender*> senders;
  for (std::uint32_t d = 0; d < inboxes_.size(); ++d) {
    auto& place = flows_[prefill_worker * inboxes_.size() + d];
    if (place) old_flows_.push_back(std::move(place));
    place = std::make_unique<Flow>(*this, FlowId{prefill_worker, d}, gate);
    senders.push_back(place.get());
  }
  return senders;
}

Receiver& VirtualWire::open_receiver(std::uint32_t decode_worker, Gate& gate) {
  auto& place = inboxes_[decode_worker];
  if (place) old_inboxes_.push_back(std::move(place));
  place = std::make_unique<Inbox>(*this, decode_worker, flows_.size() / inboxes_.size(), gate);
  return *place;
}

void VirtualWire::connect(const FlowId& id) {
  flow(id).come_up(credits_per_flow_, inboxes_[id.receiver]->held[id.sender]);
}

void VirtualWire::cut(const FlowId& id) {
  Flow& f = flow(id);
  if (!f.up) return;
  f.go_down();
  link_.abandon(loop_.now(), id);
  std::vector<std::function<void()>> departed;
  for (const InFlight& flight : in_flight_)
    if (flight.flow == &f && !flight.has_departed) departed.push_back(flight.departed);
  std::erase_if(in_flight_, [&](const InFlight& flight) { return flight.flow == &f; });
  for (const auto& free_slot : departed) f.depart(free_slot);
  watch();
}

void VirtualWire::hold(const FlowId& id) {
  flow(id).passage.hold();
}

void VirtualWire::release(const FlowId& id) {
  flow(id).passage.open();
}

void VirtualWire::corrupt_next(const FlowId& id) {
  flow(id).corrupt_next = true;
}

void VirtualWire::to_receiver(Flow& from, const std::function<void(Receiver&)>& message) {
  Inbox& inbox = *inboxes_[from.id.receiver];
  inbox.gate.pass([&inbox, &from, session = from.session, message] {
    if (from.up && from.session == session) message(inbox);
  });
}

void VirtualWire::offer(Flow& flow, std::uint64_t job, Arrived chunk,
                        std::function<void()> departed) {
  const std::uint64_t number =
      link_.offer(loop_.now(), flow.id, chunk.payload_bytes + kMessageHeaderBytes);
  const bool corrupt = std::exchange(flow.corrupt_next, false);
  if (corrupt && !payload_hash_) flow.wrong_jobs.insert(job);
  in_flight_.push_back(
      {&flow, job, number, chunk, std::move(departed), corrupt && payload_hash_, false});
  watch();
}

void VirtualWire::watch() {
  Time next = Time::max();
  for (const InFlight& f : in_flight_) {
    const Delivery d = link_.delivery(f.flow->id, f.link_chunk);
    next = std::min(next, f.has_departed ? d.arrival : d.end);
  }
  if (next == watched_ || next == Time::max()) return;
  watched_ = next;
  loop_.at(next, [this, next] {
    if (watched_ == next) deliver_due();  // otherwise another flow has changed the time
  });
}

void VirtualWire::deliver_due() {
  watched_ = Time::max();
  std::vector<InFlight> arrived;
  std::vector<std::pair<Flow*, std::function<void()>>> departed;
  for (InFlight& f : in_flight_) {
    f.chunk.wire = link_.delivery(f.flow->id, f.link_chunk);
    if (!f.has_departed && f.chunk.wire.end <= loop_.now()) {
      f.has_departed = true;
      departed.emplace_back(f.flow, f.departed);
    }
    if (f.chunk.wire.arrival <= loop_.now()) arrived.push_back(f);
  }
  std::erase_if(in_flight_, [&](const InFlight& f) { return f.chunk.wire.arrival <= loop_.now(); });
  for (const auto& [flow, free_slot] : departed) flow->depart(free_slot);
  for (const InFlight& f : arrived) deliver(f);
  watch();
}

void VirtualWire::deliver(const InFlight& f) {
  if (f.corrupt) {
    if (f.flow->up) on_corrupt(f.flow->id);
    return;
  }
  f.flow->arrive([this, from = f.flow->id, job = f.job, chunk = f.chunk](Receiver& to) {
    ++inboxes_[from.receiver]->held[from.sender];
    to.on_chunk(from.sender, job, chunk);
  });
}

}  // namespace splitbench
