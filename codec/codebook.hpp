#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "codec/digest.hpp"
#include "codec/element.hpp"
#include "codec/ranked_format.hpp"

namespace splitbench {

/// How often each exponent occurs, of at most 256. Histograms of tensors of one type add up.
using ExponentHistogram = std::array<std::uint64_t, 256>;

/// The digest of a codebook's 16 bytes and its type: names it in frames, files and reports.
constexpr std::uint64_t codebook_id(std::uint64_t low, std::uint64_t high, ElementType type) {
  return mix(low, 0) + mix(high, 1) + mix(static_cast<std::uint64_t>(type), 2);
}

/// The exponents that get a code: an exponent's code is its index. SplitZip's are 16 or, for
/// fp8_e4m3, 8, strictly ascending, so that equal sets are equal codebooks; not necessarily
/// consecutive (exact zeros bring in exponent 0). A ranked frame's are 13, for FP8 9, the most
/// frequent first. What is not used is zero, so for bf16 the one is never taken for the other.
struct Codebook {
  std::array<std::uint8_t, 16> exponents{};
  ElementType element_type = ElementType::bf16;

  constexpr unsigned size(FrameKind kind = FrameKind::splitzip) const {
    return kind == FrameKind::ranked ? ranked_format(element_type).ranks()
                                     : element_format(element_type).codes();
  }

  /// For frames of this kind.
  constexpr bool valid(FrameKind kind = FrameKind::splitzip) const {
    if (!known(element_type)) return false;
    for (unsigned code = 0; code < size(kind); ++code) {
      if (exponents[code] >= element_format(element_type).exponents()) return false;
      for (unsigned before = 0; before < code; ++before) {
        if (exponents[before] == exponents[code]) return false;
      }
      const bool descends = code > 0 && exponents[code - 1] > exponents[code];
      if (kind != FrameKind::ranked && descends) return false;
    }
    for (unsigned code = size(kind); code < exponents.size(); ++code) {
      if (exponents[code] != 0) return false;
    }
    return true;
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

/// The most frequent exponents; of equally frequent ones the lower, for ranked frames the one that
/// is nearer to the most frequent: a codebook of neighbours is the fastest.
Codebook calibrate(const ExponentHistogram& histogram, ElementType = ElementType::bf16,
                   FrameKind kind = FrameKind::splitzip);

/// How many of the elements counted have no code in the codebook of this kind.
std::uint64_t escapes(const ExponentHistogram& histogram, const Codebook& codebook,
                      FrameKind kind = FrameKind::splitzip);

}  // namespace splitbench
