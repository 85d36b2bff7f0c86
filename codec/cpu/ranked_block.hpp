#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/codebook.hpp"
#include "codec/errors.hpp"

namespace splitbench {

/// The lookup tables of a ranked codebook.
class RankTable {
 public:
  explicit RankTable(const Codebook& codebook);

  ElementType element_type() const { return element_type_; }
  /// Returns RankedFormat::codes of an exponent; those of an escape if it has no code.
  std::uint8_t codes_of(unsigned exponent) const { return codes_[exponent]; }
  std::uint8_t exponent_of(unsigned codes) const { return exponents_[codes]; }
  std::uint8_t escape() const { return escape_; }

 private:
  ElementType element_type_;
  std::uint8_t escape_;  ///< codes of an element that escapes
  std::array<std::uint8_t, 256> codes_;
  std::array<std::uint8_t, 256> exponents_{};  ///< indexed by codes
};

/// The addresses at which a block begins in its frame's sections.
template <typename Byte>
struct RankedSections {
  std::array<Byte*, 2> planes;
  Byte* first_level;
};

/// Writes the planes and the first level of the elements in `raw`, at most a block of them, and
/// appends the words of their stream to `stream`.
void encode_ranked_block(const RankTable& table, std::span<const std::byte> raw,
                         const RankedSections<std::byte>& sections,
                         std::vector<std::uint32_t>& stream);

/// Decodes the elements of a block into `raw` and returns FrameFault::none. Returns a fault, and
/// writes none of them, if the stream does not match the block's codes, if padding in either is not
/// zero, or if an escape's exponent has a code or does not exist; whatever the bytes, nothing
/// outside the block's sections and the spans is read or written.
FrameFault decode_ranked_block(const RankTable& table,
                               const RankedSections<const std::byte>& sections,
                               std::span<const std::byte> stream, std::span<std::byte> raw);

}  // namespace splitbench
