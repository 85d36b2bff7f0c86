#include "network/tcp/connection.hpp"

// What a connection does to its peer when a scenario wants to see a fault.

namespace splitbench {

void Connection::misbehave(Mischief mischief) {
  if (!is_open()) return;
  if (mischief.kind != Mischief::Kind::stop_reading) {
    mischief_ = mischief;
    return;
  }
  hold(reading_held_, mischief.duration, &Connection::go_on_reading);
  if (reading_bulk_) return reader_->hold(true);
  std::error_code ignored;
  socket_.cancel(ignored);  // the read that is under way; a wait to write looks again
}

void Connection::spoil(Outbox::Message& chunk) {
  const Mischief mischief = *std::exchange(mischief_, std::nullopt);
  const std::span bytes = chunk.bytes();
  const auto copy = [&] {
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  if (mischief.kind == Mischief::Kind::cut) {
    chunk.owned = copy().substr(0, bytes.size() / 2);
    chunk.payload = {};
    chunk.last = true;
  } else if (mischief.kind == Mischief::Kind::corrupt && !bytes.empty()) {
    std::string damaged = copy();
    damaged[damaged.size() / 2] ^= 1;
    chunk.owned = std::move(damaged);
  } else if (mischief.kind == Mischief::Kind::duplicate) {
    outbox_.push({.header = chunk.header, .owned = copy(), .bulk = chunk.bulk});
  } else if (mischief.kind == Mischief::Kind::delay) {
    hold(writing_held_, mischief.duration, &Connection::go_on_writing);
    if (writer_) writer_->hold(true);
  }
}

void Connection::hold(std::optional<asio::steady_timer>& what, std::chrono::nanoseconds duration,
                      void (Connection::*then)()) {
  what.emplace(socket_.get_executor(), duration);
  what->async_wait([self = shared_from_this(), &what, then](std::error_code error) {
    if (error || self->stage_ == Stage::closed) return;
    what.reset();
    (self.get()->*then)();
  });
}

}  // namespace splitbench
