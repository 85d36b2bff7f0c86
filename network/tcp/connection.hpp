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

/// The beginning of the reason if the remote end closed the connection and this side does not know
/// why; the remote end may know more.
inline constexpr std::string_view kRemoteEndClosed = "the remote end closed the connection";

/// The options of one end of a connection.
struct ConnectionOptions {
  bool payload_hash = false;  ///< hashes the payloads of chunks that this side sends
  std::chrono::milliseconds handshake{5000};  ///< time limit of the whole handshake
  /// The time after which a remote end that sends or takes nothing is given up.
  std::chrono::milliseconds silence{8000};
  std::uint64_t pacing = 0;  ///< SO_MAX_PACING_RATE, bytes per second; 0: no limit
  /// Lets threads of the connection's own read, write and hash large payloads, one thread for each
  /// direction that has any. Worth it if each has a core.
  bool bulk_threads = false;
  /// The size in bytes from which a payload is large; handing over a smaller one costs more.
  std::size_t bulk_payload = 256 << 10;
};

/// One TCP connection that carries messages both ways, between two processes that have proved to
/// each other that they belong to one run. It lives in a single-threaded io_context, is held by
/// shared_ptr, and keeps itself alive until closed. Not thread-safe: everything is called on the
/// io_context's thread. Handlers run there, too, and never from within send() or close().
///
/// Everything still happens on that one thread with `bulk_threads`, except for moving and hashing
/// large payloads. The memory of payloads, sent or placed, is touched meanwhile, but no longer once
/// close() has returned. The owner of that memory therefore closes the connection before freeing
/// it, even if nobody runs the io_context any more.
///
/// No wait is endless: a remote end that is silent, or takes nothing, is given up. Its time is
/// counted in ticks of this side's io_context, so that a standstill here is not blamed on the
/// remote end.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  struct Handlers {
    /// Called when the handshake is complete; no handler but `closed` runs before. Gets the
    /// caller's introduction, on the caller's side, too.
    std::function<void(const std::string& introduction)> opened;
    /// Returns the memory for the payload of an announced message: exactly header.payload_bytes,
    /// valid until `message` is called with it or the connection is closed. May throw
    /// ProtocolError, as may `opened`, `message` and `duplicate`; that closes the connection.
    std::function<std::span<std::byte>(const MessageHeader&)> place;
    /// Called when the payload is in its place.
    std::function<void(const MessageHeader&, std::span<std::byte> payload)> message;
    /// Optional: called when a message comes again; it is discarded.
    std::function<void(const MessageHeader&)> duplicate;
    /// Called once, when the remote end is gone or broke the protocol, or close() was called; no
    /// other handler follows.
    std::function<void(const std::string& reason)> closed;
  };

  explicit Connection(asio::ip::tcp::socket, ConnectionOptions = {});

  /// Starts the side that connected. Throws std::length_error for too long an introduction.
  void call(const Secret&, std::uint64_t session, std::string introduction, Handlers);
  /// Starts the side that accepted. The session, which the caller chose, is known when the
  /// admission is asked.
  void answer(const Secret&, Handshake::Admission, Handlers);

  /// Sends a message after all sent before, and after the handshake. `payload`, at most
  /// kMaxPayloadBytes, is not owned: it must live until `done`, which runs when the socket has
  /// taken all of it, or until the connection is closed, after which `done` never runs. Does
  /// nothing on a connection that is not open.
  void send(const MessageHeader&, std::span<const std::byte> payload, std::function<void()> done);
  /// Sends a message with a payload that the connection keeps.
  void send(const MessageHeader&, std::string payload = {});

  /// Closes the socket at once; `closed` is called later, with this reason. Does nothing the second
  /// time.
  void close(const std::string& reason);
  /// Returns whether the connection is neither closed nor about to be; it may still be in its
  /// handshake.
  bool is_open() const { return stage_ == Stage::handshake || stage_ == Stage::open; }
  /// Returns whether the remote end has yet to prove that it knows the secret.
  bool is_authenticating() const { return stage_ == Stage::handshake; }
  /// Returns whether the remote end closed the connection before the handshake was complete, and
  /// gave no reason: as a listener does where secrets differ, or where too many clients call.
  bool was_turned_away() const { return turned_away_; }
  std::uint64_t session() const { return session_; }
  /// Returns the kernel's name for the congestion control, such as cubic.
  std::string congestion_control() const { return socket_.congestion_control(); }
  const std::string& remote_address() const {
    return socket_.remote_address();
  }  ///< such as 127.0.0.1:4242
  /// Returns the number of bytes that the socket has not taken yet; what waits for the handshake is
  /// not counted.
  std::size_t queued_bytes() const;

  /// Makes a fault happen at this end, once.
  void inject(ConnectionFault);

 private:
  enum class Stage { handshake, open, refused, closed };

  void start(Handshake, Handlers);

  std::span<std::byte> place(const MessageHeader&);
  void message(const MessageHeader&, std::span<std::byte> payload);
  void duplicate(const MessageHeader&) const;
  void shake_hands(const MessageHeader&);
  void open();
  /// Closes the connection because the remote end has closed it, or the network did.
  void ended(const std::string& reason);

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

  // The work of the bulk threads
  bool bulk_is_next() const;
  void read_bulk();
  void received_bulk(const BulkMover::Read&);
  void hand_over();
  void written(std::error_code);

  void wait_for_tick();
  void tick();
  std::string overdue() const;

  void apply_fault(Outbox::Message& chunk);
  void hold(std::optional<asio::steady_timer>& what, std::chrono::nanoseconds duration,
            void (Connection::*then)());

  StreamSocket socket_;  // detached while a thread reads instead of the loop
  const ConnectionOptions options_;
  Handlers handlers_;
  Stage stage_ = Stage::handshake;
  bool turned_away_ = false;
  std::uint64_t session_ = 0;

  std::optional<Handshake> handshake_;
  std::string handshake_payload_;
  std::vector<std::pair<MessageHeader, Outbox::Message>> early_;  // sent before the handshake's end

  MessageParser parser_;
  std::span<std::byte> asked_;             // the parser's memory that the current read fills
  std::array<std::byte, 16 << 10> ahead_;  // bytes behind it: often several small messages

  Outbox outbox_;
  std::uint32_t sequence_ = 0;
  bool waiting_to_write_ = false;

  asio::steady_timer timer_;
  Deadlines deadlines_;

  std::optional<ConnectionFault> fault_;            // fault of the next chunk
  std::optional<asio::steady_timer> reading_held_;  // reading is held while this timer exists
  std::optional<asio::steady_timer> writing_held_;

  bool reading_bulk_ = false;    // the reader fills the parser's payload
  std::size_t handed_over_ = 0;  // number of messages at the outbox's head that the writer has
  std::size_t written_ = 0;      // bytes that the writer has finished
  std::unique_ptr<BulkMover> reader_, writer_;
};

}  // namespace splitbench
