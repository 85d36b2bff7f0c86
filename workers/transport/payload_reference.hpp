#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>

namespace splitbench {

/// What a chunk carries instead of its payload where that goes by reference; 8 bytes on the wire,
/// drawn in network/PROTOCOL.md.
struct PayloadReference {
  std::uint32_t buffer = 0;
  std::uint32_t payload_bytes = 0;
};

using ReferenceBytes = std::array<std::byte, 8>;
static_assert(sizeof(PayloadReference) == sizeof(ReferenceBytes) &&
                  std::endian::native == std::endian::little,
              "its fields are copied as they lie in memory");

inline std::string write_reference(const PayloadReference& reference) {
  const auto bytes = std::bit_cast<std::array<char, sizeof reference>>(reference);
  return {bytes.begin(), bytes.end()};
}

inline PayloadReference read_reference(const ReferenceBytes& bytes) {
  return std::bit_cast<PayloadReference>(bytes);
}

}  // namespace splitbench
