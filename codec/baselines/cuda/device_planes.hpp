#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "codec/baselines/payload_layout.hpp"

namespace splitbench {

// Versions of split_planes and join_planes of codec/baselines/chunk_coder.hpp for device memory:
// they put work into a stream (a cudaStream_t) and throw CudaError. Raw elements and planes begin
// on 16 bytes; elements are bf16.

void split_planes_on_device(const std::byte* raw, std::byte* exponents, std::byte* rest,
                            std::uint64_t elements, void* stream);
void join_planes_on_device(const std::byte* exponents, const std::byte* rest, std::byte* raw,
                           std::uint64_t elements, void* stream);

/// Split or join all pieces, whose planes lie as the layout has them. Pieces without gaps between
/// them take one launch.
void split_pieces(std::span<const std::span<const std::byte>> pieces, const PayloadLayout&,
                  std::byte* exponents, std::byte* rest, void* stream);
void join_pieces(std::span<const std::span<std::byte>> pieces, const PayloadLayout&,
                 const std::byte* exponents, const std::byte* rest, void* stream);

}  // namespace splitbench
