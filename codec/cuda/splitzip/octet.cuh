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

/// The digest of a lane's octets of a block (codec/FORMAT.md).
template <ElementType kType>
struct BlockDigest;

/// The digest of bf16: a block is two strips.
template <>
struct BlockDigest<ElementType::bf16> {
  ColumnDigest<4> upper, lower;

  __device__ explicit BlockDigest(std::uint32_t first_octet)
      : upper(first_octet), lower(first_octet + kStripRows * kStripColumns) {}

  __device__ void add(uint4 octet, int k) { k < 4 ? upper.add(octet, k) : lower.add(octet, k - 4); }

  __device__ std::uint64_t share() const { return upper.share() + lower.share(); }
};

/// The digest of FP8: a block is a strip, and octets are halves of groups, those of even k in one
/// column and those of odd k in another.
template <ElementType kType>
struct BlockDigest {
  std::uint32_t column;
  bool odd;  ///< the octets are the second halves of their groups
  std::uint64_t sums[2] = {};

  __device__ explicit BlockDigest(std::uint32_t first_octet)
      : column(column_of(first_octet / 2)), odd(first_octet % 2 != 0) {}

  __device__ void add(uint2 octet, int k) {
    constexpr WordKeys kKeys = word_keys();
    const int row = 4 * (k / 2);
    sums[k % 2] += std::uint64_t{octet.x} * (odd ? kKeys.at[row + 2] : kKeys.at[row]) +
                   std::uint64_t{octet.y} * (odd ? kKeys.at[row + 3] : kKeys.at[row + 1]);
  }

  __device__ std::uint64_t share() const {
    return sums[0] * column_key(column) + sums[1] * column_key(column + kStripColumns / 2);
  }
};

/// Returns the share of a lane's octets in the checksum of a frame of version 1, from where the
/// lane has written them.
template <ElementType kType>
__device__ std::uint64_t block_checksum(const GroupMemory<std::byte>& output,
                                        const RankedBlock<kType>& block) {
  std::uint64_t share = 0;
#pragma unroll 1
  for (int k = 0; k < 8; ++k) {
    const std::uint32_t octet = block.octet + 32 * k + threadIdx.x % 32;
    const std::uint32_t bytes = block.octet_bytes(k);
    if (bytes == 0) break;
    share += checksum_share(load_group<Octet<kType>>(octet_at<kType>(output, octet), bytes), bytes,
                            octet);
  }
  return share;
}

}  // namespace splitbench
