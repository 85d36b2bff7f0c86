#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace splitbench {

/// Tensors are walked in blocks of so many elements, which stay in the first cache with all that is
/// made of them: a byte comes from memory once, however many steps look at it.
inline constexpr std::size_t kBlockElements = 4096;

/// Where a block begins in each plane.
using Planes = std::array<std::byte*, 3>;
using ConstPlanes = std::array<const std::byte*, 3>;

/// A bit for each element of a block: whether its exponent has no code.
using EscapeBits = std::array<std::uint64_t, kBlockElements / 64>;

inline unsigned load_element(const std::byte* raw, std::size_t index, unsigned bytes) {
  if (bytes == 1) return static_cast<unsigned>(raw[index]);
  return static_cast<unsigned>(raw[2 * index]) | static_cast<unsigned>(raw[2 * index + 1]) << 8;
}

inline void store_element(std::byte* raw, std::size_t index, unsigned bytes, unsigned element) {
  raw[bytes * index] = static_cast<std::byte>(element);
  if (bytes == 2) raw[2 * index + 1] = static_cast<std::byte>(element >> 8);
}

}  // namespace splitbench
