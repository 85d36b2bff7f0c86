#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "network/event_loop.hpp"
#include "network/link.hpp"
#include "workers/transport.hpp"

namespace splitbench {

/// The wires of a run in virtual time: the same Link as a real run's, and messages that take no
/// time beside it.
class VirtualWire {
 public:
  VirtualWire(VirtualLoop&, const LinkSpec&, std::uint32_t senders, std::uint32_t receivers,
              std::uint32_t credits_per_flow);
  ~VirtualWire();

  Sender& sender(std::uint32_t prefill_worker, std::uint32_t decode_worker);
  Receiver& receiver(std::uint32_t decode_worker);

 private:
  class Flow;
  class Inbox;
  struct InFlight {
    Flow* flow;
    const Job* job;
    std::uint64_t link_chunk;
    Arrived chunk;
    std::function<void()> departed;
    bool has_departed = false;
  };

  void offer(Flow&, const Job&, Arrived, std::function<void()> departed);
  void watch();
  void deliver_due();

  VirtualLoop& loop_;
  std::vector<std::byte> link_memory_;
  Link link_;
  std::vector<std::unique_ptr<Flow>> flows_;  // sender-major
  std::vector<std::unique_ptr<Inbox>> inboxes_;
  std::deque<InFlight> in_flight_;
  Time watched_ = Time::max();
};

}  // namespace splitbench
