#pragma once
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "network/event_loop.hpp"
#include "network/link/shared_link.hpp"
#include "network/tcp/connection.hpp"
#include "workers/transport.hpp"
#include "workers/transport/flow_options.hpp"
#include "workers/transport/payload_slots.hpp"

namespace splitbench {

/// Receives from every prefill worker. A chunk is handed on when the shared link says that it has
/// arrived, and after all earlier chunks of its flow, whichever stream brought it.
/// Not thread-safe: calls and callbacks are on the io_context's thread. References must outlive the
/// receiver. on_begin, on_chunk and on_end must be set before accept(); the callbacks below may be
/// empty.
class FlowReceiver final : public Receiver {
 public:
  /// Sender i's chunks land in slots i * credits to (i + 1) * credits - 1. Where payloads are lent,
  /// slots number the buffers of all flows, one flow after the other.
  FlowReceiver(asio::io_context&, EventLoop&, SharedLink&, std::uint32_t receiver,
               std::uint32_t senders, FlowOptions, SlotMemory);

  /// Closes its connections, which would otherwise access the slots as long as the io_context
  /// lives.
  ~FlowReceiver() override;

  /// Takes over an accepted socket, and returns the connection on it. The connection is rejected if
  /// its caller does not belong to the run, differs in its terms, or comes with a session that is
  /// over.
  std::shared_ptr<Connection> accept(asio::ip::tcp::socket);

  /// Runs once per lost session: its chunks that were not handed on are lost.
  std::function<void(std::uint32_t sender, std::uint64_t session, const std::string& why)> on_lost;
  std::function<void(std::uint32_t sender)> on_duplicate;  ///< a message was received twice
  /// Runs when a caller at address `who` was rejected.
  std::function<void(const std::string& who, const std::string& why)> on_rejected;

  /// Injects a fault into all connections of a sender.
  void inject(std::uint32_t sender, ConnectionFault);

  std::span<std::byte> received(std::uint32_t prefill_worker, std::uint32_t slot) override;
  void release(std::uint32_t prefill_worker, std::uint32_t slot) override;
  void applied(const Job&) override;

 private:
  struct Waiting {
    std::uint64_t job;
    Arrived chunk;
  };
  struct Cancelled {
    std::uint64_t job;
    std::uint64_t chunks;  // number of the flow's chunks that precede the cancellation
  };
  struct SenderState {
    std::uint64_t session = 0;
    bool lost = true;
    std::vector<std::shared_ptr<Connection>> streams;
    std::unique_ptr<ReceiverSlots> slots;
    std::uint64_t granted = 0;                 // credits, in this session
    std::uint64_t next = 0;                    // number of the flow's next chunk to hand on
    std::map<std::uint64_t, Waiting> waiting;  // keyed by the chunk's number in the flow
    std::set<std::uint64_t> jobs;              // begun and neither applied nor cancelled
    std::vector<Cancelled> cancelled;
    Time next_look = Time::max();
  };
  struct Caller;

  std::string why_rejected(const Caller&, const std::string& introduction);
  void admit(Caller&, const std::string& introduction);
  std::span<std::byte> place(Caller&, const MessageHeader&);
  void receive(Caller&, const MessageHeader&, std::span<std::byte> payload);
  void take_chunk(Caller&, const MessageHeader&);
  void lose(std::uint32_t sender, std::uint64_t session, const std::string& why);
  void look(std::uint32_t sender);
  /// Hands on the flow's next chunk if it has been read and its arrival time has come. Returns
  /// whether it did.
  bool hand_on(std::uint32_t sender);
  /// Returns whether chunks are held back at the receiver, and so have to be read before they
  /// arrive.
  bool gated() const { return options_.transport.shaping == Shaping::receiver; }
  void look_at(std::uint32_t sender, Time moment);
  void grant_all(SenderState&);
  void watch_link();

  EventLoop& loop_;
  SharedLink& link_;
  std::uint32_t receiver_;
  FlowOptions options_;
  SlotMemory slots_;
  std::vector<SenderState> senders_;              // indexed by sender
  asio::posix::stream_descriptor moved_forward_;  // readable when the link moved a chunk forward
};

}  // namespace splitbench
