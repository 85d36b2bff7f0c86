#pragma once
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "network/event_loop.hpp"
#include "network/link/shared_link.hpp"
#include "network/tcp/connection.hpp"
#include "workers/transport.hpp"
#include "workers/transport/flow_options.hpp"
#include "workers/transport/payload_slots.hpp"

namespace splitbench {

/// Sends over TCP connections, as fast as they go; the shared link says when a chunk has departed.
/// What goes over them of a chunk is a matter of its slots: the payload, or where it lies.
/// A transfer is striped over all of them. Down until connect() succeeds, and again after a loss.
class FlowSender final : public Sender {
 public:
  FlowSender(asio::io_context&, EventLoop&, SharedLink&, FlowId, FlowOptions, SlotMemory);
  /// Closes its connections, which else would touch the slots until the io_context goes.
  ~FlowSender();

  /// Connects every stream anew, under a session above all before it. What then happens is told by
  /// on_up or on_lost.
  void connect(const asio::ip::tcp::endpoint&, std::uint64_t session);
  /// The receiver knows this sender and has room.
  std::function<void(std::uint64_t session)> on_up;
  /// Once a session: what was in it is lost, and its slots are free.
  std::function<void(std::uint64_t session, const std::string& why)> on_lost;

  /// The kernel's word for it; only while the flow is up.
  std::string congestion_control() { return streams_.front()->congestion_control(); }
  /// Does that to the next chunk of the first stream.
  void misbehave(Mischief);
  /// Says where this side reaches the receiver's KV memory; null where it does not.
  void reaches(std::byte* pool) { pool_ = pool; }

  std::uint32_t credits() const override {
    return up_ ? static_cast<std::uint32_t>(granted_ - sent_) : 0;
  }
  bool idle() const override { return up_ && granted_ - sent_ == all_credits_; }
  Destination destination(std::uint32_t slot) override;
  void begin(const Job&) override;
  void send(const Job&, std::uint32_t index, std::uint32_t slot, std::uint64_t payload_bytes,
            Time packed, std::function<void()> departed) override;
  void end(const Job&, std::vector<std::uint64_t> digests) override;
  void cancel(const Job&) override;

 private:
  void open(std::uint32_t stream, asio::ip::tcp::socket);
  void opened();
  void receive(const MessageHeader&);
  void take_credit(const MessageHeader&);
  void lose(std::uint64_t session, const std::string& why);
  /// Until the wire would have carried the chunk.
  void hold(const MessageHeader&, std::uint32_t number, std::uint64_t payload_bytes);
  void write(const MessageHeader&, std::uint32_t number, std::uint64_t payload_bytes);
  /// Whether a chunk that the socket has taken has departed.
  void look(std::uint64_t link_chunk);
  /// Gives the session up when a chunk has arrived long ago and its slot was not freed: the peer
  /// may have stopped reading what fits into the sockets' buffers.
  void watch_credits(std::uint64_t session);

  asio::io_context& io_;
  EventLoop& loop_;
  SharedLink& link_;
  FlowId flow_;
  FlowOptions options_;
  std::uint32_t all_credits_;
  std::unique_ptr<SenderSlots> slots_;
  std::byte* pool_ = nullptr;

  std::uint64_t session_ = 0;
  bool lost_ = true;
  bool up_ = false;
  std::uint32_t opened_ = 0;
  std::vector<std::shared_ptr<Connection>> streams_;
  std::uint64_t granted_ = 0, sent_ = 0;  // chunks of this session
  std::uint64_t first_grant_ = 0;
  struct Awaited {
    std::uint64_t credits;  // that the receiver has granted once it has taken the chunk
    std::uint64_t link_chunk;
  };
  std::deque<Awaited> awaited_;  // sent, and not taken when the watch last looked
  std::map<std::uint64_t, std::function<void()>> departures_;  // by number in the link's flow
};

}  // namespace splitbench
