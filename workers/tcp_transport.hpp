#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "network/connection.hpp"
#include "network/event_loop.hpp"
#include "network/shared_link.hpp"
#include "workers/chunk_plan.hpp"
#include "workers/transport.hpp"

namespace splitbench {

/// Where a worker's staging slots lie.
using SlotMemory = std::function<std::span<std::byte>(std::uint32_t slot)>;

/// Sends over one TCP connection, as fast as it goes; the shared link says when a chunk has
/// departed.
class TcpSender final : public Sender {
 public:
  TcpSender(EventLoop&, SharedLink&, FlowId, std::uint32_t credits, SlotMemory);

  /// Introduces itself and takes the connection over. `lost` runs when it closes.
  void start(std::shared_ptr<Connection>, const std::string& secret,
             std::function<void(const std::string& reason)> lost);

  std::uint32_t credits() const override { return credits_; }
  bool idle() const override { return credits_ == all_credits_; }
  void begin(const Job&) override;
  void send(const Job&, std::uint32_t index, std::uint32_t slot, std::uint64_t payload_bytes,
            Time packed, std::function<void()> departed) override;
  void end(const Job&, std::vector<std::uint64_t> digests) override;

 private:
  void receive(const MessageHeader&);
  void when_departed(std::uint64_t link_chunk, std::function<void()> departed);

  EventLoop& loop_;
  SharedLink& link_;
  FlowId flow_;
  std::uint32_t all_credits_;
  std::uint32_t credits_;
  SlotMemory slots_;
  std::shared_ptr<Connection> connection_;
};

/// Receives from every prefill worker. A chunk is handed on when the shared link says that it has
/// arrived.
class TcpReceiver final : public Receiver {
 public:
  /// Each sender has StagingPlan::credits_per_sender of the slots.
  TcpReceiver(EventLoop&, SharedLink&, std::uint32_t receiver, std::uint32_t senders, StagingPlan,
              SlotMemory, std::string secret);

  /// Takes over a connection that somebody made; one that does not begin with a proper hello is
  /// closed.
  void accept(std::shared_ptr<Connection>);

  void release(std::uint32_t prefill_worker, std::uint32_t slot) override;
  void applied(const Job&) override;

  std::function<void(std::uint32_t sender, const std::string& reason)> on_lost;

 private:
  struct Waiting {
    std::uint64_t job;
    std::uint64_t link_chunk;
    Arrived chunk;
  };
  struct Peer {
    std::shared_ptr<Connection> connection;
    std::vector<std::uint32_t> free_slots;
    std::uint32_t incoming_slot = 0;
    std::string incoming_text;
    std::deque<Waiting> waiting;  // in the socket's order, which is the flow's
  };

  std::span<std::byte> place(Peer&, const MessageHeader&);
  void receive(std::uint32_t sender, const MessageHeader&, std::span<std::byte> payload);
  void look(std::uint32_t sender);

  EventLoop& loop_;
  SharedLink& link_;
  std::uint32_t receiver_;
  StagingPlan staging_;
  SlotMemory slots_;
  std::string secret_;
  std::vector<Peer> peers_;            // by sender
  std::map<std::uint64_t, Job> jobs_;  // begun and not applied
};

}  // namespace splitbench
