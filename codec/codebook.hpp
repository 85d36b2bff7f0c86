#pragma once
#include <array>
#include <bit>
#include <cstdint>
#include <span>

#include "codec/digest.hpp"

namespace splitbench {

/// How often each of the 256 exponents occurs. Histograms of several tensors add up.
using ExponentHistogram = std::array<std::uint64_t, 256>;

/// The 16 exponents that get a code: an exponent's code is its index. Strictly ascending, so that
/// equal sets are equal codebooks; not necessarily consecutive (exact zeros bring in exponent 0).
struct Codebook {
  std::array<std::uint8_t, 16> exponents{};

  constexpr bool valid() const {
    for (std::size_t code = 1; code < exponents.size(); ++code) {
      if (exponents[code - 1] >= exponents[code]) return false;
    }
    return true;
  }

  /// What a frame without codes has in its place. Not by ==: a kernel cannot call what std::array's
  /// calls.
  constexpr bool blank() const {
    const auto words = std::bit_cast<std::array<std::uint64_t, 2>>(exponents);
    return words[0] == 0 && words[1] == 0;
  }

  /// The digest of its 16 bytes: names it in frames, files and reports.
  constexpr std::uint64_t id() const {
    const auto words = std::bit_cast<std::array<std::uint64_t, 2>>(exponents);
    return mix(words[0], 0) + mix(words[1], 1);
  }

  bool operator==(const Codebook&) const = default;
};

ExponentHistogram exponent_histogram(std::span<const std::uint16_t> elements);
ExponentHistogram& operator+=(ExponentHistogram& sum, const ExponentHistogram& histogram);

/// The 16 most frequent exponents; of equally frequent ones the lower.
Codebook calibrate(const ExponentHistogram& histogram);

/// How many of the elements counted have no code in the codebook.
std::uint64_t escapes(const ExponentHistogram& histogram, const Codebook& codebook);

}  // namespace splitbench
