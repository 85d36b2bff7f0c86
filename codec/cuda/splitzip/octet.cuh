#pragma once
#include <cstdint>
#include <type_traits>

#include "codec/cuda/splitzip/tile.cuh"

namespace splitbench {

// How a warp walks a block of a ranked frame (codec/FORMAT.md): by octets, eight consecutive
// elements, of which lane l has the block's 32k + l. Two make a chunk.

/// A group of bf16, half a group of FP8.
template <ElementType kType>
using Octet = std::conditional_t<kType == ElementType::bf16, uint4, uint2>;

template <ElementType kType>
inline constexpr std::uint32_t kOctetBytes = sizeof(Octet<kType>);

inline constexpr std::uint32_t kBlockOctets = kRankedBlock / 8;

template <ElementType kType, typename Byte>
__device__ inline Byte* octet_at(const GroupMemory<Byte>& memory, std::uint32_t octet) {
  constexpr std::uint32_t kOfGroup = kGroupBytes / kOctetBytes<kType>;
  return memory.at(octet / kOfGroup) + octet % kOfGroup * kOctetBytes<kType>;
}

/// A warp each of those that compute has a block of a tile.
inline constexpr int kRankedWarps = kBlocksPerTile;
inline constexpr int kRankedThreads = 32 * kRankedWarps;

/// A block of a tensor.
template <ElementType kType>
struct RankedBlock {
  std::uint32_t octet;     ///< of the tensor, the block's first
  std::uint32_t elements;  ///< that it has
  bool last;               ///< of the tensor's

  __device__ RankedBlock(std::uint64_t tensor_elements, std::uint32_t block)
      : octet(block * kBlockOctets),
        elements(available(tensor_elements, std::uint64_t{block} * kRankedBlock, kRankedBlock)),
        last(block + std::uint64_t{1} == ranked_blocks(tensor_elements)) {}

  __device__ bool whole() const { return elements == kRankedBlock; }

  /// Bytes of this lane's k-th octet.
  __device__ std::uint32_t octet_bytes(int k) const {
    constexpr auto kBytes = static_cast<std::uint32_t>(element_bytes(kType));
    return available(kBytes * elements, (32 * k + threadIdx.x % 32) * kOctetBytes<kType>,
                     kOctetBytes<kType>);
  }
};

}  // namespace splitbench
