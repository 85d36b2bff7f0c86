#include "network/connection.hpp"

#include <algorithm>
#include <asio/buffer.hpp>
#include <asio/post.hpp>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

namespace splitbench {

Connection::Connection(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

void Connection::start(Handlers handlers) {
  handlers_ = std::move(handlers);
  std::error_code
      ignored;  // a kernel without cubic, a peer that is gone already: reading will tell
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  constexpr char kCubic[] = "cubic";  // some hosts default to BBR, which halves loopback and more
  setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_CONGESTION, kCubic, sizeof kCubic - 1);
  read_header();
}

void Connection::send(const MessageHeader& header, std::span<const std::byte> payload,
                      std::function<void()> done) {
  push(header, {.header = {}, .payload = payload, .owned = {}, .done = std::move(done)});
}

void Connection::send(const MessageHeader& header, std::string payload) {
  push(header, {.header = {}, .payload = {}, .owned = std::move(payload), .done = {}});
}

void Connection::push(MessageHeader header, Outgoing message) {
  if (!is_open()) return;
  Outgoing& last = outbox_.emplace_back(std::move(message));
  if (last.payload.empty()) last.payload = std::as_bytes(std::span(last.owned));
  header.payload_bytes = last.payload.size();
  last.header = encode_header(header);
  if (outbox_.size() == 1) write();
}

void Connection::write() {
  // async_write would cut this into pieces of 64 KiB; async_write_some gives the socket all there
  // is.
  const Outgoing& head = outbox_.front();
  const std::size_t of_header = std::min(written_, kMessageHeaderBytes);
  const std::array<asio::const_buffer, 2> buffers = {
      asio::buffer(head.header) + of_header,
      asio::buffer(head.payload.data(), head.payload.size()) + (written_ - of_header)};
  socket_.async_write_some(
      buffers, [self = shared_from_this()](std::error_code error, std::size_t n) {
        if (!self->is_open()) return;
        if (error) return self->close("sending failed: " + error.message());
        self->written_ += n;
        if (self->written_ == kMessageHeaderBytes + self->outbox_.front().payload.size()) {
          const auto done = std::move(self->outbox_.front().done);
          self->outbox_.pop_front();
          self->written_ = 0;
          if (!self->outbox_.empty()) self->write();
          if (done) done();
        } else {
          self->write();
        }
      });
}

void Connection::read(std::span<std::byte> target, void (Connection::*then)()) {
  if (target.empty()) return (this->*then)();
  socket_.async_read_some(
      asio::buffer(target.data(), target.size()),
      [self = shared_from_this(), target, then](std::error_code error, std::size_t n) {
        if (!self->is_open()) return;
        if (error == asio::error::eof) return self->close("the peer closed the connection");
        if (error) return self->close("receiving failed: " + error.message());
        self->read(target.subspan(n), then);
      });
}

void Connection::read_header() {
  read(incoming_bytes_, &Connection::read_payload);
}

void Connection::read_payload() {
  try {
    incoming_ = decode_header(incoming_bytes_);
    incoming_payload_ = handlers_.place(incoming_);
  } catch (const ProtocolError& error) {
    return close(error.what());
  }
  read(incoming_payload_, &Connection::deliver);
}

void Connection::deliver() {
  handlers_.message(incoming_, incoming_payload_);
  if (is_open()) read_header();
}

void Connection::close(const std::string& reason) {
  if (!is_open()) return;
  std::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
  asio::post(socket_.get_executor(), [self = shared_from_this(), reason] {
    const Handlers last =
        std::exchange(self->handlers_, {});  // one of them may have called close()
    if (last.closed) last.closed(reason);
  });
}

}  // namespace splitbench
