#include "network/tcp/connection.hpp"

#include <algorithm>
#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <cassert>
#include <cerrno>
#include <fmt/format.h>
#include <sys/socket.h>

namespace splitbench {
namespace {

using asio::ip::tcp;

constexpr unsigned kRounds = 8;  // system calls in a row, before other connections have their turn

bool is_handshake(MessageType type) {
  return type == MessageType::challenge || type == MessageType::hello ||
         type == MessageType::welcome || type == MessageType::refuse;
}

bool not_now(std::error_code error) {
  return error == asio::error::would_block || error == asio::error::try_again;
}

}  // namespace

Connection::Connection(tcp::socket socket, ConnectionOptions options)
    : socket_(std::move(socket)),
      options_(options),
      parser_({.place = [this](const MessageHeader& header) { return place(header); },
               .message = [this](const MessageHeader& header,
                                 std::span<std::byte> payload) { message(header, payload); },
               .duplicate = [this](const MessageHeader& header) { duplicate(header); }}),
      timer_(socket_.on_loop().get_executor()),
      deadlines_(options.handshake, options.silence) {}

// The handshake

void Connection::call(const Secret& secret, std::uint64_t session, std::string introduction,
                      Handlers handlers) {
  Handshake handshake = Handshake::caller(secret, std::move(introduction));
  session_ = session;
  parser_.expect_session(0);  // a challenge belongs to no session yet
  start(std::move(handshake), std::move(handlers));
}

void Connection::answer(const Secret& secret, Handshake::Admission admission, Handlers handlers) {
  start(Handshake::acceptor(secret, std::move(admission)), std::move(handlers));
}

void Connection::start(Handshake handshake, Handlers handlers) {
  handlers_ = std::move(handlers);
  handshake_ = std::move(handshake);
  socket_.set_options(options_.pacing);
  wait_for_tick();
  if (auto first = handshake_->start())
    push({.type = first->type}, {.owned = std::move(first->payload)});
  if (is_open()) read();
}

std::span<std::byte> Connection::place(const MessageHeader& header) {
  if (is_handshake(header.type) != (stage_ == Stage::handshake))
    throw ProtocolError(fmt::format("the remote end sent {} {} the handshake", name(header.type),
                                    stage_ == Stage::handshake ? "in" : "after"));
  if (stage_ == Stage::handshake) {
    if (header.payload_bytes > Handshake::kMaxPayloadBytes)
      throw ProtocolError(fmt::format("{} of {} bytes, at most {} are taken", name(header.type),
                                      header.payload_bytes, Handshake::kMaxPayloadBytes));
    handshake_payload_.assign(header.payload_bytes, '\0');
    return std::as_writable_bytes(std::span(handshake_payload_));
  }
  if (header.type != MessageType::ping) return handlers_.place(header);
  if (header.payload_bytes != 0) throw ProtocolError("a ping has a payload");
  return {};
}

void Connection::message(const MessageHeader& header, std::span<std::byte> payload) {
  if (stage_ == Stage::handshake) return shake_hands(header);
  if (header.type != MessageType::ping) handlers_.message(header, payload);
}

void Connection::duplicate(const MessageHeader& header) const {
  if (stage_ == Stage::handshake) throw ProtocolError("a message of the handshake came twice");
  if (handlers_.duplicate) handlers_.duplicate(header);
}

void Connection::shake_hands(const MessageHeader& header) {
  if (header.type == MessageType::hello) session_ = header.session;
  auto answer = handshake_->receive(header.type, handshake_payload_);
  parser_.expect_session(session_);
  const bool refused = !handshake_->refusal().empty();
  if (answer) push({.type = answer->type}, {.owned = std::move(answer->payload)});
  if (!is_open()) return;
  if (refused) {
    stage_ = Stage::refused;  // closed when the caller has received the answer, or takes too long
    write();
  }
  if (handshake_->done()) open();
}

void Connection::open() {
  stage_ = Stage::open;
  deadlines_.open();
  wait_for_tick();  // the ticks have another length from here on
  for (auto& [header, message] : std::exchange(early_, {})) push(header, std::move(message));
  const std::string introduction = handshake_->introduction();
  handshake_.reset();
  if (is_open()) handlers_.opened(introduction);
}

// Reading

void Connection::read() {
  if (reading_held_ || reading_bulk_) return;
  if (bulk_is_next()) return read_bulk();
  if (const std::error_code error = socket_.attach())
    return close("waiting for the remote end failed: " + error.message());
  socket_.on_loop().async_read_some(
      buffers(), [self = shared_from_this()](std::error_code error, std::size_t bytes) {
        self->received(error, bytes);
      });
}

std::array<asio::mutable_buffer, 2> Connection::buffers() {
  asked_ = stage_ == Stage::refused ? std::span<std::byte>() : parser_.wanted();
  return {asio::buffer(asked_.data(), asked_.size()), asio::buffer(ahead_)};
}

void Connection::go_on_reading() {
  if (reader_) reader_->hold(false);
  read();
}

void Connection::received(std::error_code error, std::size_t bytes) {
  for (unsigned round = 1; stage_ != Stage::closed; ++round) {
    if (not_now(error) || error == asio::error::operation_aborted) break;
    if (error == asio::error::eof) return ended(how_it_ended());
    if (error) return ended("receiving failed: " + error.message());
    deadlines_.heard();
    const bool more = bytes == asked_.size() + ahead_.size();
    try {
      if (is_open()) feed(bytes);
    } catch (const ProtocolError& refused) {
      return close(refused.what());
    }
    if (!more || round == kRounds || reading_held_ || stage_ == Stage::closed) break;
    if (bulk_is_next()) break;
    bytes = socket_.on_loop().read_some(buffers(), error);
  }
  if (stage_ != Stage::closed) read();
}

void Connection::feed(std::size_t bytes) {
  const std::size_t in_place = std::min(bytes, asked_.size());
  parser_.filled(in_place);
  feed_ahead(bytes - in_place);
}

void Connection::feed_ahead(std::size_t bytes) {
  std::span<const std::byte> rest = std::span(ahead_).first(bytes);
  while (!rest.empty() && is_open()) {
    const std::span wanted = parser_.wanted();
    const std::size_t n = std::min(wanted.size(), rest.size());
    std::ranges::copy(rest.first(n), wanted.begin());
    rest = rest.subspan(n);
    parser_.filled(n);
  }
}

std::string Connection::how_it_ended() const {
  if (stage_ == Stage::refused) return "refused the remote end: " + handshake_->refusal();
  if (stage_ == Stage::handshake)
    return fmt::format("{} in the handshake, as it does where secrets differ", kRemoteEndClosed);
  if (!parser_.idle()) return fmt::format("{} in the middle of a message", kRemoteEndClosed);
  return std::string(kRemoteEndClosed);
}

// Writing

void Connection::send(const MessageHeader& header, std::span<const std::byte> payload,
                      std::function<void()> done) {
  push(header, {.payload = payload, .done = std::move(done)});
}

void Connection::send(const MessageHeader& header, std::string payload) {
  push(header, {.owned = std::move(payload)});
}

void Connection::push(MessageHeader header, Outbox::Message message) {
  if (!is_open()) return;
  if (stage_ == Stage::handshake && !is_handshake(header.type)) {
    early_.emplace_back(header, std::move(message));
    return;
  }
  assert(message.bytes().size() <= kMaxPayloadBytes);
  header.payload_bytes = static_cast<std::uint32_t>(message.bytes().size());
  header.session = session_;
  header.sequence = sequence_++;
  header.hashed = options_.payload_hash && header.type == MessageType::chunk;
  const bool faulty = fault_ && header.type == MessageType::chunk;  // applied after hashing
  message.bulk = options_.bulk_threads && message.bytes().size() >= options_.bulk_payload;
  message.unhashed = header.hashed && message.bulk && !faulty;
  if (header.hashed && !message.unhashed) header.payload_hash = payload_hash(message.bytes());
  message.header = encode_header(header);
  if (faulty) [[unlikely]]
    apply_fault(message);
  if (outbox_.empty()) deadlines_.taken();
  outbox_.push(std::move(message));
  write();
}

void Connection::write() {
  if (waiting_to_write_ || writing_held_) return;
  if (handed_over_ == 0) write_what_goes();
  if (stage_ == Stage::closed) return;
  if (!outbox_.empty()) {
    if (options_.bulk_threads) return hand_over();
    waiting_to_write_ = true;
    socket_.on_loop().async_wait(tcp::socket::wait_write,
                                 [self = shared_from_this()](std::error_code) {
                                   self->waiting_to_write_ = false;
                                   if (self->stage_ != Stage::closed) self->write();
                                 });
  } else if (stage_ == Stage::refused) {
    socket_.finish();  // a close would discard what is in flight
  }
}

void Connection::go_on_writing() {
  if (writer_) writer_->hold(false);
  write();
}

void Connection::write_what_goes() {
  // async_write would cut this into pieces of 64 KiB; here the socket is given all there is.
  for (unsigned round = 0; round < kRounds && !outbox_.empty(); ++round) {
    const std::span buffers = outbox_.next();
    if (buffers.empty()) break;
    std::error_code error;
    const std::size_t bytes = write_some(buffers, error);
    if (not_now(error)) break;
    if (error) return ended("sending failed: " + error.message());
    deadlines_.taken();
    const bool full = bytes < asio::buffer_size(buffers);
    outbox_.took(bytes, [this](Outbox::Message message) { taken(std::move(message)); });
    if (full || stage_ == Stage::closed) break;
  }
}

std::size_t Connection::write_some(std::span<const asio::const_buffer> buffers,
                                   std::error_code& error) {
  std::array<iovec, Outbox::kMostBuffers> vectors;
  std::ranges::transform(buffers, vectors.begin(), [](const asio::const_buffer& buffer) {
    return iovec{const_cast<void*>(buffer.data()), buffer.size()};
  });
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = buffers.size();
  const ssize_t bytes = sendmsg(socket_.descriptor(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  error =
      bytes < 0 ? std::error_code(errno, asio::error::get_system_category()) : std::error_code();
  return bytes < 0 ? 0 : static_cast<std::size_t>(bytes);
}

void Connection::taken(Outbox::Message message) {
  if (message.last) return close("cut, as the scenario says");
  if (!message.done) return;
  asio::post(socket_.on_loop().get_executor(),
             [self = shared_from_this(), done = std::move(message.done)] {
               if (self->stage_ != Stage::closed) done();
             });
}

// Large payloads, which threads move

bool Connection::bulk_is_next() const {
  return options_.bulk_threads && stage_ == Stage::open &&
         parser_.payload().left >= options_.bulk_payload;
}

void Connection::read_bulk() {
  socket_.detach();
  if (!reader_)
    reader_ = std::make_unique<BulkMover>(socket_.on_loop().get_executor(), socket_.descriptor());
  const MessageParser::Payload payload = parser_.payload();
  reading_bulk_ = true;
  reader_->read(
      {.payload = payload.bytes, .left = payload.left, .hashed = payload.hashed, .ahead = ahead_},
      [this](const BulkMover::Read& read) { received_bulk(read); });
}

void Connection::received_bulk(const BulkMover::Read& read) {
  reading_bulk_ = false;
  if (read.error == asio::error::eof) return close(how_it_ended());
  if (read.error) return close("receiving failed: " + read.error.message());
  deadlines_.heard();
  try {
    parser_.filled_payload(read.hash);
    feed_ahead(read.ahead);
  } catch (const ProtocolError& refused) {
    return close(refused.what());
  }
  if (stage_ != Stage::closed) this->read();
}

void Connection::hand_over() {
  if (!writer_)
    writer_ = std::make_unique<BulkMover>(socket_.on_loop().get_executor(), socket_.descriptor());
  for (; handed_over_ < outbox_.count(); ++handed_over_) {
    if (handed_over_ > 0 && outbox_[handed_over_ - 1].last) return;
    const Outbox::Rest rest = outbox_.rest(handed_over_);
    writer_->write(
        {.header = rest.header, .payload = rest.payload, .hashed = outbox_[handed_over_].unhashed},
        [this](std::error_code error) { written(error); });
  }
}

void Connection::written(std::error_code error) {
  if (error) return close("sending failed: " + error.message());
  deadlines_.taken();
  --handed_over_;
  const std::size_t bytes = outbox_.rest(0).size();
  written_ += bytes;
  outbox_.took(bytes, [this](Outbox::Message message) { taken(std::move(message)); });
  if (stage_ != Stage::closed) write();
}

std::size_t Connection::queued_bytes() const {
  return outbox_.bytes() - (writer_ ? writer_->moved() - written_ : 0);
}

// Deadlines

void Connection::wait_for_tick() {
  timer_.expires_after(deadlines_.tick());
  timer_.async_wait([self = shared_from_this()](std::error_code error) {
    if (!error && self->stage_ != Stage::closed) self->tick();
  });
}

void Connection::tick() {
  if (reader_ && reader_->has_progressed()) deadlines_.heard();
  if (writer_ && writer_->has_progressed()) deadlines_.taken();
  deadlines_.pass();
  if (reading_held_) deadlines_.heard();
  if (writing_held_) deadlines_.taken();
  if (const std::string reason = overdue(); !reason.empty()) return close(reason);
  if (outbox_.empty() && deadlines_.wants_ping()) push({.type = MessageType::ping}, {});
  wait_for_tick();
}

std::string Connection::overdue() const {
  if (stage_ == Stage::refused) return deadlines_.handshake_is_over() ? how_it_ended() : "";
  return deadlines_.overdue(!outbox_.empty(), !parser_.idle());
}

// Injected faults

void Connection::inject(ConnectionFault fault) {
  if (!is_open()) return;
  if (fault.kind != ConnectionFault::Kind::stop_reading) {
    fault_ = fault;
    return;
  }
  hold(reading_held_, fault.duration, &Connection::go_on_reading);
  if (reading_bulk_) return reader_->hold(true);
  std::error_code ignored;
  socket_.on_loop().cancel(ignored);  // ends the current read; a wait to write checks again
}

void Connection::apply_fault(Outbox::Message& chunk) {
  const ConnectionFault fault = *std::exchange(fault_, std::nullopt);
  const std::span bytes = chunk.bytes();
  const auto copy = [&] {
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  if (fault.kind == ConnectionFault::Kind::cut) {
    chunk.owned = copy().substr(0, bytes.size() / 2);
    chunk.payload = {};
    chunk.last = true;
  } else if (fault.kind == ConnectionFault::Kind::corrupt && !bytes.empty()) {
    std::string damaged = copy();
    damaged[damaged.size() / 2] ^= 1;
    chunk.owned = std::move(damaged);
  } else if (fault.kind == ConnectionFault::Kind::duplicate) {
    outbox_.push({.header = chunk.header, .owned = copy(), .bulk = chunk.bulk});
  } else if (fault.kind == ConnectionFault::Kind::delay) {
    hold(writing_held_, fault.duration, &Connection::go_on_writing);
    if (writer_) writer_->hold(true);
  }
}

void Connection::hold(std::optional<asio::steady_timer>& what, std::chrono::nanoseconds duration,
                      void (Connection::*then)()) {
  what.emplace(socket_.on_loop().get_executor(), duration);
  what->async_wait([self = shared_from_this(), &what, then](std::error_code error) {
    if (error || self->stage_ == Stage::closed) return;
    what.reset();
    (self.get()->*then)();
  });
}

// The end

void Connection::ended(const std::string& reason) {
  turned_away_ = stage_ == Stage::handshake;
  close(reason);
}

void Connection::close(const std::string& reason) {
  if (stage_ == Stage::closed) return;
  stage_ = Stage::closed;
  reader_.reset();  // no payload is touched from here on
  writer_.reset();
  socket_.close();  // not earlier, or the remote end would report it before this side does
  timer_.cancel();
  asio::post(socket_.on_loop().get_executor(), [self = shared_from_this(), reason] {
    self->reading_held_.reset();
    self->writing_held_.reset();
    self->outbox_ = {};
    self->early_.clear();
    const Handlers last =
        std::exchange(self->handlers_, {});  // one of them may have called close()
    if (last.closed) last.closed(reason);
  });
}

}  // namespace splitbench
