#pragma once
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/element.hpp"

namespace splitbench {

/// Returns the FP8 number nearest to `value`, ties to even, with scale 1. What is too large becomes
/// the largest finite number (E4M3 has no infinities); a NaN stays one.
inline std::uint8_t round_to_fp8(float value, ElementType type) {
  const bool e5m2 = type == ElementType::fp8_e5m2;
  const int bias = e5m2 ? 15 : 7;
  const int mantissa_bits = e5m2 ? 2 : 3;
  const int sign = std::signbit(value) ? 0x80 : 0;
  if (std::isnan(value)) return static_cast<std::uint8_t>(sign | 0x7f);
  const float magnitude = std::min(std::abs(value), e5m2 ? 57344.0f : 448.0f);
  if (magnitude == 0) return static_cast<std::uint8_t>(sign);
  const int exponent = std::max(std::ilogb(magnitude), 1 - bias);
  const float steps = std::nearbyint(std::ldexp(magnitude, mantissa_bits - exponent));
  // A mantissa that rounds up to the next power of two carries into the exponent, as it should.
  const int number = ((exponent + bias - 1) << mantissa_bits) + static_cast<int>(steps);
  return static_cast<std::uint8_t>(sign | number);
}

/// Returns bf16 elements converted to `type`: rounded to FP8, or copied if that is bf16.
inline std::vector<std::byte> as_type(std::span<const std::uint16_t> bf16, ElementType type) {
  if (type == ElementType::bf16) {
    const std::span<const std::byte> bytes = std::as_bytes(bf16);
    return {bytes.begin(), bytes.end()};
  }
  std::vector<std::byte> rounded(65'536);
  for (std::uint32_t word = 0; word < rounded.size(); ++word)
    rounded[word] = std::byte{round_to_fp8(std::bit_cast<float>(word << 16), type)};
  std::vector<std::byte> elements(bf16.size());
  std::ranges::transform(bf16, elements.begin(), [&](std::uint16_t word) { return rounded[word]; });
  return elements;
}

}  // namespace splitbench
