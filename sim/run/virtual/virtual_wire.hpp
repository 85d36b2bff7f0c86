#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "network/event_loop.hpp"
#include "network/link/fluid_link.hpp"
#include "workers/transport.hpp"

namespace splitbench {

/// A gate for the input and output of something that can be made to stand still, in virtual time:
/// an open gate passes everything at once, a held one keeps it in order until it is opened, and a
/// shut one drops it.
class Gate {
 public:
  using Task = std::function<void()>;

  /// Takes any task without arguments; it is copied only if it has to wait.
  template <class Any>
  void pass(Any&& task) {
    if (state_ == State::open)
      task();
    else if (state_ == State::held)
      waiting_.push_back(std::forward<Any>(task));
  }
  void hold() {
    if (state_ == State::open) state_ = State::held;
  }
  void open() {
    if (state_ != State::held) return;
    state_ = State::open;
    while (!waiting_.empty() && state_ == State::open) {
      const Task task = std::move(waiting_.front());
      waiting_.pop_front();
      task();
    }
  }
  void shut() {
    state_ = State::shut;
    waiting_.clear();
  }
  bool is_open() const { return state_ == State::open; }
  bool is_shut() const { return state_ == State::shut; }

 private:
  enum class State { open, held, shut };
  State state_ = State::open;
  std::list<Task> waiting_;
};

/// The wires of a run in virtual time: a FluidLink, which has the times of a real run's Link, and
/// messages that take no time. A restarted worker gets ends of its own; its old ends stay in
/// memory, and receive nothing. Everything that a worker sends or receives passes its gate. Not
/// thread-safe; the loop must outlive it.
class VirtualWire {
 public:
  VirtualWire(VirtualLoop&, const LinkSpec&, std::uint32_t senders, std::uint32_t receivers,
              std::uint32_t credits_per_flow, bool payload_hash);
  ~VirtualWire();

  /// Opens the ends of a worker, which replace the ones that it had: one sender per decode worker,
  /// or one receiver. The wire owns the ends; the gate must outlive it.
  std::vector<Sender*> open_senders(std::uint32_t prefill_worker, Gate&);
  Receiver& open_receiver(std::uint32_t decode_worker, Gate&);

  /// Brings a flow up. Both of its ends must be open.
  void connect(const FlowId&);
  /// Takes a flow down. Everything in flight on it is lost.
  void cut(const FlowId&);
  /// Holds back everything that arrives on a flow; release() then delivers it, in order.
  void hold(const FlowId&);
  void release(const FlowId&);
  /// Corrupts a byte of the next chunk. With hashes over payloads the receiver detects it when the
  /// chunk has arrived, and `on_corrupt` is called, which must be set; without, the KV is wrong.
  void corrupt_next(const FlowId&);
  std::function<void(const FlowId&)> on_corrupt;

 private:
  class Flow;
  class Inbox;
  struct InFlight {
    Flow* flow;
    std::uint64_t job;
    std::uint64_t order;  // position among the chunks of all flows
    Arrived chunk;
    bool corrupt = false;
  };
  static bool arrives_later(const InFlight* a, const InFlight* b) {
    return a->chunk.wire.arrival != b->chunk.wire.arrival
               ? a->chunk.wire.arrival > b->chunk.wire.arrival
               : a->order > b->order;
  }
  static bool is_before(const InFlight* a, const InFlight* b) { return a->order < b->order; }

  Flow& flow(const FlowId& id) { return *flows_[id.sender * inboxes_.size() + id.receiver]; }
  void offer(Flow&, std::uint64_t job, const Arrived&);
  /// Takes over what the link says has ended, which is to depart at the next delivery.
  void take_ended();
  void watch();
  void deliver_due();
  void deliver(const InFlight&);
  InFlight* take_free();
  template <class Message>
  void to_receiver(Flow& from, const Message& message);

  VirtualLoop& loop_;
  FluidLink link_;
  std::uint32_t credits_per_flow_;
  bool payload_hash_;
  std::vector<std::unique_ptr<Flow>> flows_;  // sender-major, the present ones
  std::vector<std::unique_ptr<Inbox>> inboxes_;
  std::vector<std::unique_ptr<Flow>> old_flows_;
  std::vector<std::unique_ptr<Inbox>> old_inboxes_;
  std::deque<InFlight> chunks_;      // in flight or free: they stay where they are
  std::vector<InFlight*> free_;      // of chunks_
  std::vector<InFlight*> ended_;     // by the link, and not departed yet
  std::vector<InFlight*> arriving_;  // departed: a heap, the next to arrive at its front
  // What a delivery is about. A callback may cut a flow, after which its chunks are free.
  std::vector<std::pair<Flow*, std::uint32_t>> departed_;  // with the slot that is free
  std::vector<InFlight*> arrived_;
  std::uint64_t offered_ = 0;
  VirtualTimer timer_ = VirtualTimer::of<&VirtualWire::deliver_due>(loop_, this);
  Time watched_ = Time::max();  // the timer is set for it
};

}  // namespace splitbench
