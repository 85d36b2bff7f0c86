#pragma once
#include <cstddef>

#include "codec/cpu/block.hpp"
#include "codec/cpu/code_table.hpp"

namespace splitbench {

// The codec's inner loops in vectors as wide as the machine has, chosen when the program runs. They
// do whole vectors, say how many elements those were, and leave the rest to their caller.

/// encode_block of the first elements.
std::size_t vector_encode(const CodeTable& table, const std::byte* raw, std::size_t elements,
                          const Planes& planes, EscapeBits& escaped);

/// decode_block of the first elements.
std::size_t vector_decode(const CodeTable& table, const ConstPlanes& planes, std::byte* raw,
                          std::size_t elements);

}  // namespace splitbench
