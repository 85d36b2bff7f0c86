#pragma once
#include <cstdint>
#include <type_traits>

#include "codec/cuda/splitzip/tile.cuh"

namespace splitbench {

// The way in which a warp walks a block of a ranked frame (codec/FORMAT.md): by octets, eight
// consecutive elements, of which lane l has the block's 32k + l. Two make a chunk.

/// Eight elements in registers: a group of bf16, half a group of FP8.
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

/// The number of warps that compute; each has a block of a tile.
inline constexpr int kRankedWarps = kBlocksPerTile;
inline constexpr int kRankedThreads = 32 * kRankedWarps;

/// A block of a tensor, as one warp has it.
template <ElementType kType>
struct RankedBlock {
  std::uint32_t octet;     ///< the block's first octet, counted in the tensor
  std::uint32_t elements;  ///< elements that the block has
  bool last;               ///< true for the tensor's last block

  __device__ RankedBlock(std::uint64_t tensor_elements, std::uint32_t block)
      : octet(block * kBlockOctets),
        elements(available(tensor_elements, std::uint64_t{block} * kRankedBlock, kRankedBlock)),
        last(block + std::uint64_t{1} == ranked_blocks(tensor_elements)) {}

  __device__ bool whole() const { return elements == kRankedBlock; }

  /// Returns how many bytes this lane's k-th octet has.
  __device__ std::uint32_t octet_bytes(int k) const {
    constexpr auto kBytes = static_cast<std::uint32_t>(element_bytes(kType));
    return available(kBytes * elements, (32 * k + threadIdx.x % 32) * kOctetBytes<kType>,
                     kOctetBytes<kType>);
  }
};

}  // namespace splitbench
