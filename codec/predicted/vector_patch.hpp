#pragma once
#include <cstddef>
#include <cstdint>

#include "codec/predicted/vector_stream.hpp"

namespace splitbench {

// A patch between the rows of its tokens, `stride` elements apart, and the order in which it is
// coded.

void rows_to_steps(const std::uint16_t* rows, std::size_t stride, PatchSteps<std::uint16_t>& steps);

void steps_to_rows(const PatchSteps<std::uint8_t>& steps, std::uint8_t* rows, std::size_t stride);

}  // namespace splitbench
