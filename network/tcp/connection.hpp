#pragma once
#include <array>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "network/tcp/bulk_mover.hpp"
#include "network/tcp/deadlines.hpp"
#include "network/tcp/handshake.hpp"
#include "network/tcp/message.hpp"
#include "network/tcp/outbox.hpp"
#include "network/tcp/stream_socket.hpp"

namespace splitbench {

/// How the reason begins that a side gives which knows of none: its peer may say more.
inline constexpr std::string_view kPeerClosed = "the peer closed the connection";

struct ConnectionOptions {
  bool payload_hash = false;                  ///< of chunks that this side sends
  std::chrono::milliseconds handshake{5000};  ///< for all of it
  std::chrono::milliseconds silence{8000};    ///< after which a peer that says or takes nothing is
                                              ///< given up
  std::uint64_t pacing = 0;  ///< SO_MAX_PACING_RATE, bytes per second; 0: as fast as it goes
  /// Large payloads are read, written and hashed by threads of the connection's own, one for each
  /// direction that has any. Worth it where each has a core.
  bool bulk_threads = false;
  std::size_t bulk_payload = 256 << 10;  ///< is large; handing a smaller one over costs more
};

/// One TCP connection that carries messages both ways, between two processes that have proved to
/// each other that they belong to one run. Lives in a single-threaded io_context, is held by
/// shared_ptr, and keeps itself alive until closed. Handlers run on the io_context's thread, never
/// from within send() or close().
///
/// With `bulk_threads` everything here still happens on that one thread, but for the moving and
/// hashing of large payloads. Memory of payloads, sent or placed, is touched meanwhile; once
/// close() has returned it is not. So who frees it closes first, though nobody runs the io_context
/// any more.
///
/// No wait is without an end: a peer that is silent, or takes nothing, is given up. Its time is
/// counted in ticks of this side's io_context, so that a standstill here is not blamed on the peer.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  struct Handlers {
    /// The handshake is through; no handler but `closed` runs before. Tells the caller's
    /// introduction, to the caller too.
    std::function<void(const std::string& introduction)> opened;
    /// Where the payload of an announced message shall go; exactly header.payload_bytes of it.
    /// May throw ProtocolError, as may `opened`, `message` and `duplicate`; that closes the
    /// connection.
    std::function<std::span<std::byte>(const MessageHeader&)> place;
    /// The payload lies there.
    std::function<void(const MessageHeader&, std::span<std::byte> payload)> message;
    /// Optional: a message came again, and is thrown away.
    std::function<void(const MessageHeader&)> duplicate;
    /// Called once: the peer is gone, broke the protocol, or close() was called; no other handler
    /// follows.
    std::function<void(const std::string& reason)> closed;
  };

  explicit Connection(asio::ip::tcp::socket, ConnectionOptions = {});

  /// For the side that connected. Throws std::length_error for too long an introduction.
  void call(const Secret&, std::uint64_t session, std::string introduction, Handlers);
  /// For the side that accepted. The session, the caller's choice, is known when the judge is
  /// asked.
  void answer(const Secret&, Handshake::Judge, Handlers);

  /// Sends after everything sent before, and after the handshake; `payload` must live until `done`,
  /// which runs when the socket has taken it all and never runs if the connection closes first.
  void send(const MessageHeader&, std::span<const std::byte> payload, std::function<void()> done);
  /// The same with a payload that the connection keeps.
  void send(const MessageHeader&, std::string payload = {});

  void close(const std::string& reason);
  /// Neither closed nor about to be; it may still be in its handshake.
  bool is_open() const { return stage_ == Stage::handshake || stage_ == Stage::open; }
  std::uint64_t session() const { return session_; }
  /// The kernel's word for it, such as cubic.
  std::string congestion_control() const { return socket_.congestion_control(); }
  const std::string& peer() const { return socket_.peer(); }  ///< such as 127.0.0.1:4242
  /// Not yet taken by the socket; what waits for the handshake is not counted.
  std::size_t queued_bytes() const;

  void misbehave(Mischief);

 private:
  enum class Stage { handshake, open, refused, closed };

  void start(Handshake, Handlers);

  std::span<std::byte> place(const MessageHeader&);
  void message(const MessageHeader&, std::span<std::byte> payload);
  void duplicate(const MessageHeader&) const;
  void shake_hands(const MessageHeader&);
  void open();

  void read();
  void go_on_reading();
  void received(std::error_code, std::size_t bytes);
  void feed(std::size_t bytes);
  void feed_ahead(std::size_t bytes);
  std::array<asio::mutable_buffer, 2> buffers();
  std::string how_it_ended() const;

  void push(MessageHeader, Outbox::Message);
  void write();
  void go_on_writing();
  void write_what_goes();
  std::size_t write_some(std::span<const asio::const_buffer>, std::error_code&);
  void taken(Outbox::Message);

  // What threads do.
  bool bulk_is_next() const;
  void read_bulk();
  void received_bulk(const BulkMover::Read&);
  void hand_over();
  void written(std::error_code);

  void wait_for_tick();
  void tick();
  std::string overdue() const;

  void spoil(Outbox::Message& chunk);
  void hold(std::optional<asio::steady_timer>& what, std::chrono::nanoseconds duration,
            void (Connection::*then)());

  StreamSocket socket_;  // detached while a thread reads and the loop does not
  const ConnectionOptions options_;
  Handlers handlers_;
  Stage stage_ = Stage::handshake;
  std::uint64_t session_ = 0;

  std::optional<Handshake> handshake_;
  std::string handshake_payload_;
  std::vector<std::pair<MessageHeader, Outbox::Message>> early_;  // sent before the handshake's end

  MessageParser parser_;
  std::span<std::byte> asked_;             // of the parser, by the read that is under way
  std::array<std::byte, 16 << 10> ahead_;  // what is read behind that: often several small messages

  Outbox outbox_;
  std::uint32_t sequence_ = 0;
  bool waiting_to_write_ = false;

  asio::steady_timer timer_;
  Deadlines deadlines_;

  std::optional<Mischief> mischief_;                // for the next chunk
  std::optional<asio::steady_timer> reading_held_;  // while there is one
  std::optional<asio::steady_timer> writing_held_;

  bool reading_bulk_ = false;    // the reader has the parser's payload in hand
  std::size_t handed_over_ = 0;  // messages at the outbox's head that the writer has in hand
  std::size_t written_ = 0;      // bytes that the writer is through with
  std::unique_ptr<BulkMover> reader_, writer_;
};

}  // namespace splitbench
