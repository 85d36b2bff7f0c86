#pragma once
#include <cstdint>
#include <string_view>

namespace splitbench {

/// What a frame's elements are. The values stand in frames; only bf16 is encoded and decoded today.
enum class ElementType : std::uint8_t { bf16 = 1, fp8_e5m2 = 2, fp8_e4m3 = 3 };

constexpr std::string_view name(ElementType type) {
  switch (type) {
    case ElementType::bf16:
      return "bf16";
    case ElementType::fp8_e5m2:
      return "fp8_e5m2";
    case ElementType::fp8_e4m3:
      return "fp8_e4m3";
  }
  return "unknown";
}

/// A bf16 is sign(1) exponent(8) mantissa(7), from the highest bit down.
constexpr std::uint8_t exponent(std::uint16_t element) {
  return static_cast<std::uint8_t>(element >> 7);
}

/// The other eight bits: the sign above the mantissa.
constexpr std::uint8_t sign_mantissa(std::uint16_t element) {
  return static_cast<std::uint8_t>(((element >> 8) & 0x80) | (element & 0x7f));
}

constexpr std::uint16_t join(std::uint8_t exponent, std::uint8_t sign_mantissa) {
  return static_cast<std::uint16_t>((sign_mantissa & 0x80) << 8 | exponent << 7 |
                                    (sign_mantissa & 0x7f));
}

}  // namespace splitbench
