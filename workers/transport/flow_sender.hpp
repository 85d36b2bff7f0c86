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
#include "network/tcp/call_attempts.hpp"
#include "network/tcp/connection.hpp"
#include "workers/transport.hpp"
#include "workers/transport/flow_options.hpp"
#include "workers/transport/payload_slots.hpp"

namespace splitbench {

/// Sends over TCP connections, as fast as they go; the shared link says when a chunk has departed.
/// A chunk's message carries its payload or a reference to it, as its SenderSlots decide. A
/// transfer is striped over all connections. Down until connect() succeeds, and again after a loss.
/// Not thread-safe: calls and callbacks are on the io_context's thread. References must outlive the
/// sender, and on_up, on_lost and the callbacks of Sender must be set before connect().
class FlowSender final : public Sender {
 public:
  FlowSender(asio::io_context&, EventLoop&, SharedLink&, FlowId, FlowOptions, SlotMemory);
  /// Closes its connections, which would otherwise access the slots as long as the io_context
  /// lives.
  ~FlowSender() override;

  /// Connects every stream again, under a session number above all earlier ones; a session that is
  /// still up is lost. A stream that the receiver turns away calls again. Returns at once: on_up or
  /// on_lost reports the outcome.
  void connect(const asio::ip::tcp::endpoint&, std::uint64_t session);
  /// Runs when the receiver has admitted every stream and has granted the first credits.
  std::function<void(std::uint64_t session)> on_up;
  /// Runs once per lost session: its chunks are lost, and on_departed has run for their slots.
  std::function<void(std::uint64_t session, const std::string& why)> on_lost;

  /// Returns the kernel's name of the congestion control, such as "cubic". Only while the flow is
  /// up.
  std::string congestion_control() { return streams_.front()->congestion_control(); }
  /// Injects a fault into the first stream; does nothing while the flow is down.
  void inject(ConnectionFault);
  /// Sets the address at which this side reaches the receiver's KV memory, or null if it does not.
  void reaches(std::byte* pool) { pool_ = pool; }

  std::uint32_t credits() const override {
    return up_ ? static_cast<std::uint32_t>(granted_ - sent_) : 0;
  }
  bool idle() const override { return up_ && granted_ - sent_ == all_credits_; }
  Destination destination(std::uint32_t slot) override;
  void begin(const Job&) override;
  void send(const Job&, std::uint32_t index, std::uint32_t slot, std::uint64_t payload_bytes,
            Time packed) override;
  void end(const Job&, std::vector<std::uint64_t> digests) override;
  void cancel(const Job&) override;

 private:
  void call(std::uint32_t stream, const CallAttempts&);
  void open(std::uint32_t stream, const CallAttempts&, asio::ip::tcp::socket);
  void closed(std::uint32_t stream, CallAttempts, const std::string& why);
  void opened();
  void receive(const MessageHeader&);
  void take_credit(const MessageHeader&);
  void lose(std::uint64_t session, const std::string& why);
  /// Holds a chunk back until the link's model has it arrive, then writes it.
  void hold(const MessageHeader&, std::uint32_t number, std::uint64_t payload_bytes);
  void write(const MessageHeader&, std::uint32_t number, std::uint64_t payload_bytes);
  /// Runs on_departed for a chunk that the socket has taken, once the link's model says that the
  /// chunk has left.
  void look(std::uint64_t link_chunk);
  /// Gives the session up when a chunk arrived long ago and its slot was not freed: the remote end
  /// may have stopped reading while all that is sent fits into the sockets' buffers.
  void watch_credits(std::uint64_t session);

  asio::io_context& io_;
  EventLoop& loop_;
  SharedLink& link_;
  FlowId flow_;
  FlowOptions options_;
  std::uint32_t all_credits_;
  std::unique_ptr<SenderSlots> slots_;
  std::byte* pool_ = nullptr;

  asio::ip::tcp::endpoint target_;
  std::uint64_t session_ = 0;
  bool lost_ = true;
  bool up_ = false;
  std::uint32_t opened_ = 0;
  std::vector<std::shared_ptr<Connection>> streams_;
  std::uint64_t granted_ = 0, sent_ = 0;  // numbers of chunks in this session
  std::uint64_t first_grant_ = 0;
  struct Awaited {
    std::uint64_t credits;  // value of granted_ once as many chunks are released as were sent
    std::uint64_t link_chunk;
  };
  std::deque<Awaited> awaited_;  // chunks sent, and not taken when watch_credits last looked
  std::map<std::uint64_t, std::uint32_t> departures_;  // slots, keyed by number in the link's flow
};

}  // namespace splitbench
