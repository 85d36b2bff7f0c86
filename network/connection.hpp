#pragma once
#include <array>
#include <asio/ip/tcp.hpp>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "network/message.hpp"

namespace splitbench {

/// One TCP connection that carries messages both ways. Lives in a single-threaded io_context, is
/// held by shared_ptr, and keeps itself alive until closed. Handlers run on the io_context's
/// thread.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  struct Handlers {
    /// Where the payload of an announced message shall go; exactly header.payload_bytes of it.
    /// May throw ProtocolError, which closes the connection.
    std::function<std::span<std::byte>(const MessageHeader&)> place;
    /// The payload lies there.
    std::function<void(const MessageHeader&, std::span<std::byte> payload)> message;
    /// Called once: the peer is gone, broke the protocol, or close() was called; no other handler
    /// follows.
    std::function<void(const std::string& reason)> closed;
  };

  explicit Connection(asio::ip::tcp::socket);

  /// Sets the socket's options (no delay, cubic) and begins to read.
  void start(Handlers);

  /// Sends after everything sent before; `payload` must live until `done`, which runs when the
  /// socket has taken it all and never runs if the connection closes first.
  void send(const MessageHeader&, std::span<const std::byte> payload, std::function<void()> done);
  /// The same with a payload that the connection keeps.
  void send(const MessageHeader&, std::string payload = {});

  void close(const std::string& reason);
  bool is_open() const { return socket_.is_open(); }

 private:
  struct Outgoing {
    std::array<std::byte, kMessageHeaderBytes> header;
    std::span<const std::byte> payload;
    std::string owned;
    std::function<void()> done;
  };

  void push(MessageHeader, Outgoing);
  void read_header();
  void read_payload();
  void deliver();
  void read(std::span<std::byte> target, void (Connection::*then)());
  void write();

  asio::ip::tcp::socket socket_;
  Handlers handlers_;
  std::array<std::byte, kMessageHeaderBytes> incoming_bytes_;
  MessageHeader incoming_;
  std::span<std::byte> incoming_payload_;
  std::deque<Outgoing> outbox_;
  std::size_t written_ = 0;  // of the head of the outbox, header included
};

}  // namespace splitbench
