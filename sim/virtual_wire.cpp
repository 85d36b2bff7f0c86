#include "sim/virtual_wire.hpp"

#include <algorithm>
#include <utility>

#include "network/message.hpp"

namespace splitbench {

class VirtualWire::Flow final : public Sender {
 public:
  Flow(VirtualWire& wire, FlowId flow_id, std::uint32_t credits)
      : id(flow_id), wire_(wire), all_credits_(credits), credits_(credits) {}

  std::uint32_t credits() const override { return credits_; }
  bool idle() const override { return credits_ == all_credits_; }
  void begin(const Job& job) override { wire_.receiver(id.receiver).on_begin(job); }
  void send(const Job& job, std::uint32_t index, std::uint32_t slot, std::uint64_t payload_bytes,
            Time packed, std::function<void()> departed) override {
    --credits_;
    wire_.offer(*this, job,
                {.index = index,
                 .slot = slot,
                 .payload_bytes = payload_bytes,
                 .wire = {},
                 .packed = packed},
                std::move(departed));
  }
  void end(const Job& job, std::vector<std::uint64_t> digests) override {
    wire_.receiver(id.receiver).on_end(job, std::move(digests));
  }
  void credit() {
    ++credits_;
    on_credit();
  }

  const FlowId id;

 private:
  VirtualWire& wire_;
  const std::uint32_t all_credits_;
  std::uint32_t credits_;
};

class VirtualWire::Inbox final : public Receiver {
 public:
  Inbox(VirtualWire& wire, std::uint32_t receiver) : wire_(wire), receiver_(receiver) {}

  void release(std::uint32_t prefill_worker, std::uint32_t) override {
    flow(prefill_worker).credit();
  }
  void applied(const Job& job) override {
    // Later, so that neither end takes the job apart while the other still holds it.
    wire_.loop_.post([&flow = flow(job.prefill_worker), id = job.id] { flow.on_applied(id); });
  }

 private:
  Flow& flow(std::uint32_t sender) {
    return *wire_.flows_[sender * wire_.inboxes_.size() + receiver_];
  }

  VirtualWire& wire_;
  std::uint32_t receiver_;
};

VirtualWire::VirtualWire(VirtualLoop& loop, const LinkSpec& spec, std::uint32_t senders,
                         std::uint32_t receivers, std::uint32_t credits_per_flow)
    : loop_(loop),
      link_memory_(Link::bytes_needed(senders, receivers)),
      link_(Link::initialize(link_memory_, spec, senders, receivers)) {
  for (std::uint32_t s = 0; s < senders; ++s)
    for (std::uint32_t r = 0; r < receivers; ++r)
      flows_.push_back(std::make_unique<Flow>(*this, FlowId{s, r}, credits_per_flow));
  for (std::uint32_t r = 0; r < receivers; ++r)
    inboxes_.push_back(std::make_unique<Inbox>(*this, r));
}

VirtualWire::~VirtualWire() = default;

Sender& VirtualWire::sender(std::uint32_t prefill_worker, std::uint32_t decode_worker) {
  return *flows_[prefill_worker * inboxes_.size() + decode_worker];
}

Receiver& VirtualWire::receiver(std::uint32_t decode_worker) {
  return *inboxes_[decode_worker];
}

void VirtualWire::offer(Flow& flow, const Job& job, Arrived chunk, std::function<void()> departed) {
  const std::uint64_t number =
      link_.offer(loop_.now(), flow.id, chunk.payload_bytes + kMessageHeaderBytes);
  in_flight_.push_back({&flow, &job, number, chunk, std::move(departed)});
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
    if (watched_ == next) deliver_due();  // else another flow has moved the moment
  });
}

void VirtualWire::deliver_due() {
  watched_ = Time::max();
  std::vector<InFlight> arrived;
  std::vector<std::function<void()>> departed;
  for (InFlight& f : in_flight_) {
    f.chunk.wire = link_.delivery(f.flow->id, f.link_chunk);
    if (!f.has_departed && f.chunk.wire.end <= loop_.now()) {
      f.has_departed = true;
      departed.push_back(f.departed);
    }
    if (f.chunk.wire.arrival <= loop_.now()) arrived.push_back(f);
  }
  std::erase_if(in_flight_, [&](const InFlight& f) { return f.chunk.wire.arrival <= loop_.now(); });
  for (const auto& free_slot : departed) free_slot();
  for (const InFlight& f : arrived) receiver(f.flow->id.receiver).on_chunk(*f.job, f.chunk);
  watch();
}

}  // namespace splitbench
