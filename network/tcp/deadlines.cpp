#include "network/tcp/deadlines.hpp"

#include <fmt/format.h>

namespace splitbench {
namespace {

std::string in_words(std::chrono::milliseconds time) {
  if (time.count() % 1000 == 0) return fmt::format("{} s", time.count() / 1000);
  return fmt::format("{} ms", time.count());
}

}  // namespace

void Deadlines::pass() {
  ++ticks_;
  ++ticks_heard_;
  ++ticks_taken_;
}

void Deadlines::open() {
  open_ = true;
  ticks_heard_ = ticks_taken_ = 0;
}

std::string Deadlines::overdue(bool unsent, bool in_message) const {
  if (!open_)
    return handshake_is_over() ? "the handshake took longer than " + in_words(handshake_) : "";
  const std::string silence = in_words(silence_);
  if (unsent && ticks_taken_ > kTicks) return "the remote end has taken nothing for " + silence;
  if (ticks_heard_ <= kTicks) return "";
  return in_message ? "the remote end stopped in the middle of a message for " + silence
                    : "nothing was heard of the remote end for " + silence;
}

}  // namespace splitbench
