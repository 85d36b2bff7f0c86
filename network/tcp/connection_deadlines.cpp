#include <fmt/format.h>

#include "network/tcp/connection.hpp"

namespace splitbench {
namespace {

constexpr unsigned kTicks = 8;      // of a deadline
constexpr unsigned kPingTicks = 2;  // of its own silence, after which a side pings

std::string in_words(std::chrono::milliseconds time) {
  if (time.count() % 1000 == 0) return fmt::format("{} s", time.count() / 1000);
  return fmt::format("{} ms", time.count());
}

}  // namespace

void Connection::wait_for_tick() {
  timer_.expires_after((stage_ == Stage::open ? options_.silence : options_.handshake) / kTicks);
  timer_.async_wait([self = shared_from_this()](std::error_code error) {
    if (!error && self->stage_ != Stage::closed) self->tick();
  });
}

void Connection::tick() {
  ++ticks_;
  if (reader_ && reader_->has_stirred()) ticks_heard_ = 0;
  if (writer_ && writer_->has_stirred()) ticks_taken_ = 0;
  ticks_heard_ = reading_held_ ? 0 : ticks_heard_ + 1;
  ticks_taken_ = writing_held_ ? 0 : ticks_taken_ + 1;
  if (const std::string reason = overdue(); !reason.empty()) return close(reason);
  if (stage_ == Stage::open && outbox_.empty() && ticks_taken_ >= kPingTicks)
    push({.type = MessageType::ping}, {});
  wait_for_tick();
}

std::string Connection::overdue() const {
  if (stage_ == Stage::refused) return ticks_ > kTicks ? how_it_ended() : "";
  if (stage_ == Stage::handshake)
    return ticks_ > kTicks ? "the handshake took longer than " + in_words(options_.handshake) : "";
  const std::string silence = in_words(options_.silence);
  if (!outbox_.empty() && ticks_taken_ > kTicks) return "the peer has taken nothing for " + silence;
  if (ticks_heard_ <= kTicks) return "";
  return parser_.idle() ? "nothing was heard of the peer for " + silence
                        : "the peer stopped in the middle of a message for " + silence;
}

}  // namespace splitbench
