#pragma once
#include <algorithm>
#include <cstring>
#include <span>

#include "network/tcp/message.hpp"

namespace splitbench {

// Repairs of what a fuzzer cannot guess. Inputs begin with a byte of flags that choose what is
// repaired before the parser sees the rest.

inline constexpr std::uint64_t kSession = 5;

template <class T>
T field(std::span<const std::byte> header, std::size_t at) {
  T value;
  std::memcpy(&value, header.data() + at, sizeof value);
  return value;
}

/// Returns the header at the offsets of PROTOCOL.md, brought into reach: a type that exists, a
/// payload of little more than what follows, the next sequence number or, one time in four, an
/// earlier one.
inline MessageHeader near_header(std::span<const std::byte> bytes, std::uint32_t expected) {
  const std::size_t rest = bytes.size() - kMessageHeaderBytes;
  const auto sequence = field<std::uint32_t>(bytes, 56);
  const bool again = expected > 0 && sequence % 4 == 3;
  return {.type = static_cast<MessageType>(1 + field<std::uint8_t>(bytes, 5) % 12),
          .payload_bytes = static_cast<std::uint32_t>(field<std::uint32_t>(bytes, 8) % (rest + 8)),
          .index = field<std::uint32_t>(bytes, 12),
          .payload_hash = field<std::uint64_t>(bytes, 48),
          .hashed = field<std::uint16_t>(bytes, 6) % 2 == 1,
          .job = field<std::uint64_t>(bytes, 24),
          .link_chunk = field<std::uint64_t>(bytes, 32),
          .ready = std::chrono::nanoseconds(field<std::int64_t>(bytes, 40)),
          .session = kSession,
          .sequence = again ? sequence / 4 % expected : expected};
}

/// Turns arbitrary bytes into a stream of messages with valid headers and, with `hashes_too`, valid
/// hashes of payloads.
inline void repair_stream(std::span<std::byte> stream, bool hashes_too) {
  std::uint32_t expected = 0;
  while (stream.size() >= kMessageHeaderBytes) {
    MessageHeader header = near_header(stream, expected);
    const std::span rest = stream.subspan(kMessageHeaderBytes);
    const std::span payload = rest.first(std::min<std::size_t>(header.payload_bytes, rest.size()));
    if (!header.hashed) header.payload_hash = 0;
    if (header.hashed && hashes_too) header.payload_hash = payload_hash(payload);
    std::ranges::copy(encode_header(header), stream.begin());
    if (header.sequence == expected) ++expected;
    stream = rest.subspan(payload.size());
  }
}

}  // namespace splitbench
