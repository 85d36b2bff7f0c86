#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace splitbench {

/// The type of a tensor's elements; the values are part of the frame format. Everything here also
/// runs in kernels.
enum class ElementType : std::uint8_t { bf16 = 1, fp8_e5m2 = 2, fp8_e4m3 = 3 };

inline constexpr std::array kElementTypes = {ElementType::bf16, ElementType::fp8_e5m2,
                                             ElementType::fp8_e4m3};

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

/// Returns whether the value is one of the types: bytes from outside may hold any.
constexpr bool known(ElementType type) {
  return type >= ElementType::bf16 && type <= ElementType::fp8_e4m3;
}

/// The layout of an element: from the highest bit down, a sign, an exponent and a mantissa. Coded,
/// an element is its sign and mantissa above the code of its exponent, cut into planes from the
/// lowest bit up.
struct ElementFormat {
  unsigned bytes;
  unsigned exponent_bits;
  unsigned mantissa_bits;
  unsigned code_bits;
  std::array<unsigned, 3> plane_bits;  ///< bits per element; 0 if there is no such plane

  constexpr unsigned exponents() const { return 1u << exponent_bits; }
  constexpr unsigned codes() const { return 1u << code_bits; }
  constexpr unsigned exponent(unsigned element) const {
    return element >> mantissa_bits & (exponents() - 1);
  }
  /// Returns the sign above the mantissa.
  constexpr unsigned sign_mantissa(unsigned element) const {
    const unsigned sign = element >> (exponent_bits + mantissa_bits);
    return sign << mantissa_bits | (element & ((1u << mantissa_bits) - 1));
  }
  /// Returns the element made of an exponent and what sign_mantissa() returns.
  constexpr unsigned join(unsigned exponent, unsigned sign_mantissa) const {
    const unsigned sign = sign_mantissa >> mantissa_bits;
    const unsigned mantissa = sign_mantissa & ((1u << mantissa_bits) - 1);
    return (sign << exponent_bits | exponent) << mantissa_bits | mantissa;
  }
};

constexpr ElementFormat element_format(ElementType type) {
  switch (type) {
    case ElementType::fp8_e5m2:
      return {1, 5, 2, 4, {4, 2, 1}};
    case ElementType::fp8_e4m3:
      return {1, 4, 3, 3, {4, 2, 1}};
    case ElementType::bf16:
      break;
  }
  return {2, 8, 7, 4, {4, 8, 0}};
}

constexpr std::uint64_t element_bytes(ElementType type) {
  return element_format(type).bytes;
}

/// The way in which a frame holds its elements; the values are part of the frame format.
enum class FrameKind : std::uint8_t { stored = 0, splitzip = 1, ranked = 2, predicted = 3 };

/// Returns whether a frame of this kind says all that a decoder needs; a predicted one does not.
constexpr bool known(FrameKind kind) {
  return kind <= FrameKind::ranked;
}

}  // namespace splitbench
