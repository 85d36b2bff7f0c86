#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "codec/digest.hpp"
#include "codec/element.hpp"

namespace splitbench {

/// How often each exponent occurs, of at most 256. Histograms of tensors of one type add up.
using ExponentHistogram = std::array<std::uint64_t, 256>;

/// The digest of a codebook's 16 bytes and its type: names it in frames, files and reports.
constexpr std::uint64_t codebook_id(std::uint64_t low, std::uint64_t high, ElementType type) {
  return mix(low, 0) + mix(high, 1) + mix(static_cast<std::uint64_t>(type), 2);
}

/// The exponents that get a code, 16 of them or, for fp8_e4m3, 8: an exponent's code is its index.
/// Strictly ascending, so that equal sets are equal codebooks; not necessarily consecutive (exact
/// zeros bring in exponent 0). What is not used is zero.
struct Codebook {
  std::array<std::uint8_t, 16> exponents{};
  ElementType element_type = ElementType::bf16;

  constexpr unsigned size() const { return element_format(element_type).codes(); }

  constexpr bool valid() const {
    if (!known(element_type)) return false;
    for (unsigned code = 1; code < size(); ++code) {
      if (exponents[code - 1] >= exponents[code]) return false;
    }
    for (unsigned code = size(); code < exponents.size(); ++code) {
      if (exponents[code] != 0) return false;
    }
    return exponents[size() - 1] < element_format(element_type).exponents();
  }

  constexpr std::uint64_t id() const {
    const auto words = std::bit_cast<std::array<std::uint64_t, 2>>(exponents);
    return codebook_id(words[0], words[1], element_type);
  }

  bool operator==(const Codebook&) const = default;
};

/// Of `raw`, whole elements of this type.
ExponentHistogram exponent_histogram(std::span<const std::byte> raw, ElementType);
ExponentHistogram& operator+=(ExponentHistogram& sum, const ExponentHistogram& histogram);

inline ExponentHistogram exponent_histogram(std::span<const std::uint16_t> bf16) {
  return exponent_histogram(std::as_bytes(bf16), ElementType::bf16);
}

/// The most frequent exponents; of equally frequent ones the lower.
Codebook calibrate(const ExponentHistogram& histogram, ElementType = ElementType::bf16);

/// How many of the elements counted have no code in the codebook.
std::uint64_t escapes(const ExponentHistogram& histogram, const Codebook& codebook);

}  // namespace splitbench
