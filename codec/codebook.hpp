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

/// The number of occurrences of each exponent, indexed by exponent; a type has at most 256.
/// Histograms of tensors of one type add up.
using ExponentHistogram = std::array<std::uint64_t, 256>;

/// Returns the id that names a codebook in frames, files and reports: the digest of its 16 bytes,
/// taken as two little-endian words, and its type.
constexpr std::uint64_t codebook_id(std::uint64_t low, std::uint64_t high, ElementType type) {
  return mix(low, 0) + mix(high, 1) + mix(static_cast<std::uint64_t>(type), 2);
}

/// The exponents that get a code: an exponent's code is its index. A codebook for SplitZip frames
/// has 16 or, for fp8_e4m3, 8, strictly ascending, so that equal sets are equal codebooks; they
/// need not be consecutive (exact zeros bring in exponent 0). A codebook for ranked frames has 13
/// or, for FP8, 9, the most frequent first. Unused entries are zero, so a bf16 codebook of one kind
/// is never valid for the other.
struct Codebook {
  std::array<std::uint8_t, 16> exponents{};
  ElementType element_type = ElementType::bf16;

  /// Returns the number of exponents that have a code in frames of this kind.
  constexpr unsigned size(FrameKind kind = FrameKind::splitzip) const {
    return kind == FrameKind::ranked ? ranked_format(element_type).ranks()
                                     : element_format(element_type).codes();
  }

  /// Returns whether the codebook suits frames of this kind; `stored` is checked as `splitzip`.
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

/// Returns the histogram of `raw`, whole little-endian elements of this type at any address.
ExponentHistogram exponent_histogram(std::span<const std::byte> raw, ElementType);
ExponentHistogram& operator+=(ExponentHistogram& sum, const ExponentHistogram& histogram);

inline ExponentHistogram exponent_histogram(std::span<const std::uint16_t> bf16) {
  return exponent_histogram(std::as_bytes(bf16), ElementType::bf16);
}

/// Returns the codebook of the most frequent exponents, which is valid for `kind` whatever the
/// histogram. Of equally frequent exponents it takes the lower; for ranked frames the one nearer to
/// the most frequent, because a codebook of neighbours is the fastest.
Codebook calibrate(const ExponentHistogram& histogram, ElementType = ElementType::bf16,
                   FrameKind kind = FrameKind::splitzip);

/// Returns the number of counted elements whose exponent has no code. The codebook must be valid
/// for this kind and of the histogram's type.
std::uint64_t escapes(const ExponentHistogram& histogram, const Codebook& codebook,
                      FrameKind kind = FrameKind::splitzip);

}  // namespace splitbench
