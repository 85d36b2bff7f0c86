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
            Time packed) override {
    --credits_;
    ++outstanding_;
    const Arrived chunk{
        .index = index, .slot = slot, .payload_bytes = payload_bytes, .wire = {}, .packed = packed};
    gate_.pass([this, id = job.id, chunk] {
      if (up)
        wire_.offer(*this, id, chunk);
      else
        on_departed(chunk.slot);
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
  template <class Message>
  void arrive(const Message& message) {
    if (up) passage.pass([this, message] { wire_.to_receiver(*this, message); });
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
  void depart(std::uint32_t slot) {
    gate_.pass([this, slot] { on_departed(slot); });
  }
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
  Fifo<InFlight*> on_the_wire;  // not ended by the link yet

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
      link_(spec, senders, receivers),
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
  take_ended();
  std::vector<std::uint32_t> departed;
  const auto lose = [&](InFlight* flight) {
    if (flight->flow != &f) return false;
    free_.push_back(flight);
    return true;
  };
  for (const InFlight* flight : ended_)
    if (flight->flow == &f) departed.push_back(flight->chunk.slot);
  for (const InFlight* flight : f.on_the_wire) departed.push_back(flight->chunk.slot);
  std::erase_if(ended_, lose);
  std::erase_if(arriving_, lose);
  std::ranges::make_heap(arriving_, arrives_later);
  for (InFlight* flight : f.on_the_wire) free_.push_back(flight);
  f.on_the_wire.clear();
  for (const std::uint32_t slot : departed) f.depart(slot);
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

template <class Message>
void VirtualWire::to_receiver(Flow& from, const Message& message) {
  Inbox& inbox = *inboxes_[from.id.receiver];
  inbox.gate.pass([&inbox, &from, session = from.session, message] {
    if (from.up && from.session == session) message(inbox);
  });
}

void VirtualWire::offer(Flow& flow, std::uint64_t job, const Arrived& chunk) {
  link_.offer(loop_.now(), flow.id, chunk.payload_bytes + kMessageHeaderBytes);
  take_ended();
  const bool corrupt = std::exchange(flow.corrupt_next, false);
  if (corrupt && !payload_hash_) flow.wrong_jobs.insert(job);
  InFlight* flight = take_free();
  *flight = {&flow, job, offered_++, chunk, corrupt && payload_hash_};
  flow.on_the_wire.push_back(flight);
  watch();
}

VirtualWire::InFlight* VirtualWire::take_free() {
  if (free_.empty()) return &chunks_.emplace_back();
  InFlight* flight = free_.back();
  free_.pop_back();
  return flight;
}

void VirtualWire::take_ended() {
  if (link_.ended().empty()) return;
  for (const auto& [id, delivery] : link_.ended()) {
    ended_.push_back(flow(id).on_the_wire.take_front());
    ended_.back()->chunk.wire = delivery;
  }
  link_.forget_ended();
}

void VirtualWire::watch() {
  Time next = link_.next_event();
  if (!arriving_.empty()) next = std::min(next, arriving_.front()->chunk.wire.arrival);
  for (const InFlight* f : ended_) next = std::min(next, f->chunk.wire.end);
  if (next == watched_ || next == Time::max()) return;
  watched_ = next;
  timer_.set(next);
}

void VirtualWire::deliver_due() {
  watched_ = Time::max();
  link_.advance(loop_.now());
  take_ended();
  departed_.clear();
  arrived_.clear();
  if (ended_.size() > 1) std::ranges::sort(ended_, is_before);
  for (InFlight* f : ended_) {
    departed_.emplace_back(f->flow, f->chunk.slot);
    arriving_.push_back(f);
    std::ranges::push_heap(arriving_, arrives_later);
  }
  ended_.clear();
  while (!arriving_.empty() && arriving_.front()->chunk.wire.arrival <= loop_.now()) {
    std::ranges::pop_heap(arriving_, arrives_later);
    arrived_.push_back(arriving_.back());
    arriving_.pop_back();
  }
  if (arrived_.size() > 1) std::ranges::sort(arrived_, is_before);
  for (const auto& [flow, slot] : departed_) flow->depart(slot);
  for (InFlight* f : arrived_) {
    deliver(*f);
    free_.push_back(f);
  }
  watch();
}

void VirtualWire::deliver(const InFlight& f) {
  if (f.corrupt) {
    if (f.flow->up) on_corrupt(f.flow->id);
    return;
  }
  const FlowId from = f.flow->id;
  Inbox& inbox = *inboxes_[from.receiver];
  if (f.flow->up && f.flow->passage.is_open() && inbox.gate.is_open()) {  // no copy of the chunk
    ++inbox.held[from.sender];
    return inbox.on_chunk(from.sender, f.job, f.chunk);
  }
  f.flow->arrive([this, from, job = f.job, chunk = f.chunk](Receiver& to) {
    ++inboxes_[from.receiver]->held[from.sender];
    to.on_chunk(from.sender, job, chunk);
  });
}

}  // namespace splitbench
