#include "network/tcp/outbox.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace splitbench {

void Outbox::push(Message message) {
  bytes_ += message.size();
  messages_.push_back(std::move(message));
}

std::span<const asio::const_buffer> Outbox::next() {
  std::size_t used = 0;
  std::size_t skip = taken_of_head_;
  for (const Message& message : messages_) {
    if (message.bulk) break;
    const std::size_t of_header = std::min(skip, kMessageHeaderBytes);
    const std::span payload = message.bytes().subspan(std::exchange(skip, 0) - of_header);
    if (of_header < kMessageHeaderBytes)
      buffers_[used++] = asio::buffer(message.header) + of_header;
    if (!payload.empty()) buffers_[used++] = asio::buffer(payload.data(), payload.size());
    if (message.last || used + 2 > buffers_.size()) break;
  }
  return std::span(buffers_).first(used);
}

Outbox::Rest Outbox::rest(std::size_t index) {
  Message& message = messages_[index];
  const std::size_t taken = index == 0 ? taken_of_head_ : 0;
  const std::size_t of_header = std::min(taken, kMessageHeaderBytes);
  return {.header = std::span(message.header).subspan(of_header),
          .payload = message.bytes().subspan(taken - of_header)};
}

void Outbox::took(std::size_t bytes, const std::function<void(Message)>& through) {
  assert(bytes <= bytes_);
  bytes_ -= bytes;
  taken_of_head_ += bytes;
  while (!messages_.empty() && taken_of_head_ >= messages_.front().size()) {
    taken_of_head_ -= messages_.front().size();
    Message message = std::move(messages_.front());
    messages_.pop_front();
    through(std::move(message));
  }
}

}  // namespace splitbench
