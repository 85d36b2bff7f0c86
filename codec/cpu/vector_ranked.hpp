#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "codec/cpu/block.hpp"
#include "codec/cpu/ranked_levels.hpp"

namespace splitbench {

// The inner loops of ranked frames in vectors as wide as the machine has, chosen at run time.

/// Looks up the ranks of a block's first elements by the table of a ranked codebook, and cuts their
/// signs and mantissas into planes. Returns the number of elements in whole vectors, and leaves the
/// others to the caller.
std::size_t vector_split(const CodeTable& table, const std::byte* raw, std::size_t elements,
                         const std::array<std::byte*, 2>& planes, BlockRanks& ranks);

/// Joins ranks and planes to a block's first elements, likewise.
std::size_t vector_join(const CodeTable& table, const BlockRanks& ranks,
                        const std::array<const std::byte*, 2>& planes, std::byte* raw,
                        std::size_t elements);

/// Does as put_levels does and returns the number of bits, or does nothing and returns nothing on a
/// machine without the instructions for it.
std::optional<std::uint64_t> vector_put_levels(ElementType type, const BlockRanks& ranks,
                                               std::byte* first_level, StreamBytes& stream,
                                               Columns& escaped);

/// Does as take_levels does, likewise.
std::optional<std::uint64_t> vector_take_levels(ElementType type, const std::byte* first_level,
                                                const StreamBytes& stream, BlockRanks& ranks,
                                                Columns& escaped);

}  // namespace splitbench
