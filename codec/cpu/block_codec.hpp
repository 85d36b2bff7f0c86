#pragma once
#include <cstddef>
#include <span>

#include "codec/cpu/block.hpp"
#include "codec/cpu/code_table.hpp"

namespace splitbench {

/// Writes the planes of the elements in `raw`, at most a block of them, up to the last byte that
/// belongs to them. All of `escaped` is written.
void encode_block(const CodeTable& table, std::span<const std::byte> raw, const Planes& planes,
                  EscapeBits& escaped);

/// The elements of planes, as if none were escaped.
void decode_block(const CodeTable& table, const ConstPlanes& planes, std::span<std::byte> raw);

}  // namespace splitbench
