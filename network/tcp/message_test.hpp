#pragma once
#include <span>
#include <string>
#include <string_view>

#include "network/tcp/message.hpp"

namespace splitbench {

/// Returns the bytes of a message, whose header gets the payload's length and, if it is hashed, its
/// hash.
inline std::string wire(MessageHeader header, std::string_view payload) {
  header.payload_bytes = static_cast<std::uint32_t>(payload.size());
  if (header.hashed) header.payload_hash = payload_hash(std::as_bytes(std::span(payload)));
  const auto bytes = encode_header(header);
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()).append(payload);
}

}  // namespace splitbench
