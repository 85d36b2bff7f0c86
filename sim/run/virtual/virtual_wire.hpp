#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "network/event_loop.hpp"
#include "network/link/link.hpp"
#include "workers/transport.hpp"

namespace splitbench {

/// What comes in and goes out of something that can be made to stand still, in virtual time: an
/// open gate lets everything through at once, a held one keeps it in order, a shut one for ever.
class Gate {
 public:
  using Task = std::function<void()>;

  void pass(Task task) {
    if (state_ == State::open)
      task();
    else if (state_ == State::held)
      waiting_.push_back(std::move(task));
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
  std::deque<Task> waiting_;
};

/// The wires of a run in virtual time: the same Link as a real run's, and messages that take no
/// time beside it. A worker that was started anew gets ends of its own; old ends stay, and are
/// deaf. What a worker says or hears passes its gate.
class VirtualWire {
 public:
  VirtualWire(VirtualLoop&, const LinkSpec&, std::uint32_t senders, std::uint32_t receivers,
              std::uint32_t credits_per_flow, bool payload_hash);
  ~VirtualWire();

  /// The ends of a worker; they replace the ones that it had.
  std::vector<Sender*> open_senders(std::uint32_t prefill_worker, Gate&);
  Receiver& open_receiver(std::uint32_t decode_worker, Gate&);

  void connect(const FlowId&);
  /// Whatever is on its way is lost.
  void cut(const FlowId&);
  /// For so long nothing arrives; then everything does, in order.
  void hold(const FlowId&);
  void release(const FlowId&);
  /// A byte of the next chunk changes. With hashes over payloads the receiver sees it when the
  /// chunk has arrived, and is told of by `on_corrupt`; without, the KV is wrong.
  void corrupt_next(const FlowId&);
  std::function<void(const FlowId&)> on_corrupt;

 private:
  class Flow;
  class Inbox;
  struct InFlight {
    Flow* flow;
    std::uint64_t job;
    std::uint64_t link_chunk;
    Arrived chunk;
    std::function<void()> departed;
    bool corrupt = false;
    bool has_departed = false;
  };

  Flow& flow(const FlowId& id) { return *flows_[id.sender * inboxes_.size() + id.receiver]; }
  void offer(Flow&, std::uint64_t job, Arrived, std::function<void()> departed);
  void watch();
  void deliver_due();
  void deliver(const InFlight&);
  void to_receiver(Flow& from, const std::function<void(Receiver&)>& message);

  VirtualLoop& loop_;
  std::vector<std::byte> link_memory_;
  Link link_;
  std::uint32_t credits_per_flow_;
  bool payload_hash_;
  std::vector<std::unique_ptr<Flow>> flows_;  // sender-major, the present ones
  std::vector<std::unique_ptr<Inbox>> inboxes_;
  std::vector<std::unique_ptr<Flow>> old_flows_;
  std::vector<std::unique_ptr<Inbox>> old_inboxes_;
  std::deque<InFlight> in_flight_;
  Time watched_ = Time::max();
};

}  // namespace splitbench
