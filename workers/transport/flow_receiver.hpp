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
/// arrived, and after all that its flow carried before it, whichever stream brought it.
class FlowReceiver final : public Receiver {
 public:
  /// Sender i has slots i * credits up to (i + 1) * credits; lent, these are the buffers of the
  /// flows one behind the other.
  FlowReceiver(asio::io_context&, EventLoop&, SharedLink&, std::uint32_t receiver,
               std::uint32_t senders, FlowOptions, SlotMemory);

  /// Closes its connections, which else would touch the slots until the io_context goes.
  ~FlowReceiver();

  /// Takes over a connection that somebody made. Who does not belong to the run is turned away, and
  /// so is who belongs to it but differs in its terms or comes with a session of the past.
  void accept(asio::ip::tcp::socket);

  /// Once a session: its chunks that were not handed on are lost.
  std::function<void(std::uint32_t sender, std::uint64_t session, const std::string& why)> on_lost;
  std::function<void(std::uint32_t sender)> on_duplicate;  ///< a message came twice
  /// Somebody was turned away.
  std::function<void(const std::string& who, const std::string& why)> on_stranger;

  /// Does that to all connections of a sender.
  void misbehave(std::uint32_t sender, Mischief);

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
    std::uint64_t chunks;  // of the flow, which come before
  };
  struct SenderState {
    std::uint64_t session = 0;
    bool lost = true;
    std::vector<std::shared_ptr<Connection>> streams;
    std::unique_ptr<ReceiverSlots> slots;
    std::uint64_t granted = 0;                 // slots, in this session
    std::uint64_t next = 0;                    // the flow's next chunk to hand on
    std::map<std::uint64_t, Waiting> waiting;  // by the chunk's number in the flow
    std::set<std::uint64_t> jobs;              // begun and neither applied nor cancelled
    std::vector<Cancelled> cancelled;
    Time next_look = Time::max();
  };
  struct Visitor;

  std::string judge(const Visitor&, const std::string& introduction);
  void welcome(Visitor&, const std::string& introduction);
  std::span<std::byte> place(Visitor&, const MessageHeader&);
  void receive(Visitor&, const MessageHeader&, std::span<std::byte> payload);
  void take_chunk(Visitor&, const MessageHeader&);
  void lose(std::uint32_t sender, std::uint64_t session, const std::string& why);
  void look(std::uint32_t sender);
  /// Hands on the flow's next chunk if it is here and its moment has come.
  bool hand_on(std::uint32_t sender);
  /// Whether chunks are held back here, and so have to be here before their moment.
  bool gated() const { return options_.transport.shaping == Shaping::receiver; }
  void look_at(std::uint32_t sender, Time moment);
  void grant_all(SenderState&);
  void watch_link();

  EventLoop& loop_;
  SharedLink& link_;
  std::uint32_t receiver_;
  FlowOptions options_;
  SlotMemory slots_;
  std::vector<SenderState> senders_;         // by sender
  asio::posix::stream_descriptor hastened_;  // readable when the link moved a chunk forward
};

}  // namespace splitbench
