#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/cpu/block.hpp"
#include "codec/errors.hpp"

namespace splitbench {

/// The addresses at which a block begins in its frame's sections.
template <typename Byte>
struct RankedSections {
  std::array<Byte*, 2> planes;
  Byte* first_level;
};

/// Writes the planes and the first level of the elements in `raw`, at most a block of them, coded
/// by the table of a ranked codebook, and appends the words of their stream to `stream`. `next` is
/// what the caller will read after `raw`, and is asked for meanwhile.
void encode_ranked_block(const CodeTable& table, std::span<const std::byte> raw,
                         const RankedSections<std::byte>& sections,
                         std::vector<std::uint32_t>& stream, std::span<const std::byte> next);

/// Decodes the elements of a block into `raw` and returns FrameFault::none. Returns a fault, and
/// writes none of them, if the stream does not match the block's codes, if padding in either is not
/// zero, or if an escape's exponent has a code or does not exist; whatever the bytes, nothing
/// outside the block's sections and the spans is read or written. `next` is as in
/// encode_ranked_block.
FrameFault decode_ranked_block(const CodeTable& table,
                               const RankedSections<const std::byte>& sections,
                               std::span<const std::byte> stream, std::span<std::byte> raw,
                               std::span<const std::byte> next);

}  // namespace splitbench
