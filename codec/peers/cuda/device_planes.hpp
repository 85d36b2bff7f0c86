#pragma once
#include <cstddef>
#include <cstdint>

namespace splitbench {

// split_planes and join_planes of codec/peers/planes.hpp in device memory, as work for a stream.
// All three begin on 16 bytes; elements are bf16.

void split_planes_on_device(const std::byte* raw, std::byte* exponents, std::byte* rest,
                            std::uint64_t elements, void* stream);
void join_planes_on_device(const std::byte* exponents, const std::byte* rest, std::byte* raw,
                           std::uint64_t elements, void* stream);

}  // namespace splitbench
