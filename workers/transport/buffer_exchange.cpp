#include "workers/transport/buffer_exchange.hpp"

#include <cassert>
#include <fmt/format.h>
#include <numeric>
#include <utility>

#include "network/tcp/message.hpp"

namespace splitbench {

LentBuffers::LentBuffers(std::uint32_t slots, std::uint32_t credits)
    : of_slots_(slots), spare_(credits), lent_(slots + credits) {
  std::iota(of_slots_.begin(), of_slots_.end(), 0);
  std::iota(spare_.begin(), spare_.end(), slots);
}

std::uint32_t LentBuffers::lend(std::uint32_t slot) {
  assert(!spare_.empty());
  const std::uint32_t buffer = std::exchange(of_slots_[slot], spare_.back());
  spare_.pop_back();
  lent_[buffer] = true;
  return buffer;
}

void LentBuffers::take_back(std::uint32_t buffer) {
  if (buffer >= lent_.size() || !lent_[buffer])
    throw ProtocolError(fmt::format("buffer {} came back, which was not lent", buffer));
  lent_[buffer] = false;
  spare_.push_back(buffer);
}

void LentBuffers::take_all_back() {
  for (std::uint32_t buffer = 0; buffer < lent_.size(); ++buffer)
    if (lent_[buffer]) take_back(buffer);
}

void BorrowedBuffers::borrow(std::uint32_t buffer) {
  if (buffer >= buffers_)
    throw ProtocolError(fmt::format("a chunk lies in buffer {} of {}", buffer, buffers_));
  if (borrowed_.size() >= credits_) throw ProtocolError("a sender sent a chunk without a credit");
  if (!borrowed_.insert(buffer).second)
    throw ProtocolError(
        fmt::format("a chunk lies in buffer {}, which is not its sender's", buffer));
}

}  // namespace splitbench
