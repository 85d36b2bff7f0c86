#pragma once
#include <cstdint>

#include "codec/cuda/jobs.cuh"
#include "codec/cuda/pipeline.cuh"
#include "codec/cuda/splitzip/bring_tiles.cuh"
#include "codec/cuda/splitzip/frame_jobs.cuh"
#include "codec/cuda/splitzip/tile_counts.cuh"

namespace splitbench {

/// A tile's escapes as the warps that compute mark them.
struct MarkedEscapes {
  static constexpr std::uint32_t kNoTile = ~0u;

  uint4 mask[kTileElements / 128];  ///< a bit for each element
  std::uint32_t warps_and_sum;      ///< warps done, and their escapes; zero while the slot is empty
  std::uint32_t tile;               ///< kNoTile if there will be no more
  std::uint32_t job;
  std::uint32_t tile_slot;
};

/// A block's threads: those that compute, the warp that brings tiles, and the warps that take
/// escapes, in turn.
inline constexpr int kTakers = 2;
inline constexpr std::uint32_t kPacked = 1024;  ///< escapes collected before they are written
inline constexpr std::uint32_t kFew = 96;  ///< the most escapes in a lane's part for collect_few
inline constexpr int kMaskWords = kTileElements / 32 / 32;  ///< words of the mask in a lane's part
inline constexpr int kEncodeBlocks = 2;                     ///< blocks on a multiprocessor
inline constexpr int kEncodeThreads = kThreads + 32 + 32 * kTakers;
inline constexpr int kTileSlots = 3;
inline constexpr int kMarkSlots = 4;
inline constexpr int kComputeBarrier = 1;

template <ElementType kType>
struct EncodeShared {
  RawTile<kType> slots[kTileSlots];
  Ring<kTileSlots> tiles;
  MarkedEscapes marked[kMarkSlots];
  Ring<kMarkSlots> marks;
  std::uint32_t packed[kTakers][kPacked * kEscapeBytes / 4 + 1];
  typename Splitter<kType>::Table
      tables[2];  ///< one of a job's codebook, one of the last or next job's
};

/// Writes the first `bytes` of `words`, in whole words if possible, from `to` on. Called by one
/// whole warp.
__device__ inline void write_unaligned(const std::uint32_t* words, std::byte* to,
                                       std::uint32_t bytes) {
  const auto misaligned = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(to) % 4);
  auto* const aligned = reinterpret_cast<std::uint32_t*>(to - misaligned);
  const std::uint32_t end = misaligned + bytes;
  for (std::uint32_t at = 4 * (threadIdx.x % 32); at < end; at += 4 * 32) {
    const std::uint32_t low = at > 0 ? words[at / 4 - 1] : 0;
    const std::uint32_t word = __funnelshift_l(low, words[at / 4], 8 * misaligned);
    if (at >= misaligned && at + 4 <= end) {
      aligned[at / 4] = word;
      continue;
    }
    for (std::uint32_t byte = 0; byte < 4; ++byte) {
      if (at + byte >= misaligned && at + byte < end)
        to[at + byte - misaligned] = static_cast<std::byte>(word >> 8 * byte);
    }
  }
}

/// Writes an escape's record as it stands in a frame.
template <ElementType kType>
__device__ inline void put_record(const uint4* groups, std::uint32_t position,
                                  std::uint8_t* record) {
  const unsigned element = kType == ElementType::bf16
                               ? reinterpret_cast<const std::uint16_t*>(groups)[position]
                               : reinterpret_cast<const std::uint8_t*>(groups)[position];
  record[0] = static_cast<std::uint8_t>(position);
  record[1] = static_cast<std::uint8_t>(position >> 8);
  record[2] = static_cast<std::uint8_t>(element_format(kType).exponent(element));
}

/// Collects the tile's escapes, of which there are no more than fit and few in each lane's part.
/// Called by one whole warp. A lane has 512 consecutive elements: the first escape among them is
/// the `rank`th of the tile, and `words` has a bit for each word of their mask that is not zero.
template <ElementType kType>
__device__ inline void collect_few(const std::uint32_t* mask, unsigned words, std::uint32_t rank,
                                   const uint4* groups, std::uint8_t* packed) {
  const std::uint32_t first_word = threadIdx.x % 32 * kMaskWords;
  std::uint32_t word = 0;
  unsigned bits = 0;
  while ((words | bits) != 0) {
    if (bits == 0) {
      word = first_word + __ffs(words) - 1;
      words &= words - 1;
      bits = mask[word];
    }
    put_record<kType>(groups, 32 * word + __ffs(bits) - 1, packed + kEscapeBytes * rank);
    bits &= bits - 1;
    ++rank;
  }
}

/// Collects the tile's escapes however many there are and wherever they are, all lanes on the same
/// word of the mask. `flush(n)` takes away the n collected so far whenever the next word's would
/// not fit, and after the last word; it returns whether to go on.
template <ElementType kType, class Flush>
__device__ inline void collect_many(const std::uint32_t* mask, const uint4* groups,
                                    std::uint8_t* packed, const Flush& flush) {
  const std::uint32_t lane = threadIdx.x % 32;
  std::uint32_t collected = 0;
  for (std::uint32_t word = 0; word < kTileElements / 32; ++word) {
    const unsigned bits = mask[word];
    const std::uint32_t more = __popc(bits);
    if (collected + more > kPacked) {
      if (!flush(collected)) return;
      collected = 0;
    }
    if ((bits >> lane & 1) != 0) {
      const std::uint32_t place = collected + __popc(bits & ((1u << lane) - 1));
      put_record<kType>(groups, 32 * word + lane, packed + kEscapeBytes * place);
    }
    collected += more;
  }
  flush(collected);
}

/// Collects the marked escapes of every kTakers-th tile and writes them to their frame. Run by the
/// warp of number `taker`.
template <ElementType kType>
__device__ inline void take_escapes(const Jobs<EncodeJob>& jobs, std::uint32_t tile_count,
                                    const EncodeScratch& scratch, std::uint32_t taker,
                                    EncodeShared<kType>& shared) {
  const TileCounts counts{scratch.tile_counts};
  const std::uint32_t lane = threadIdx.x % 32;
  std::uint32_t* const packed = shared.packed[taker];
  typename Ring<kMarkSlots>::Place place;
  for (std::uint32_t turn = 0;; ++turn, ++place) {
    if (turn % kTakers != taker) continue;
    const MarkedEscapes& marked = shared.marked[place.slot];
    shared.marks.await_full(place);
    const std::uint32_t tile = marked.tile;
    if (tile == MarkedEscapes::kNoTile) return;
    const std::uint32_t job = marked.job;
    const std::uint32_t slot = marked.tile_slot;
    const auto* const mask = reinterpret_cast<const std::uint32_t*>(marked.mask);
    std::uint32_t count = 0;
    unsigned words = 0;
#pragma unroll
    for (int i = 0; i < kMaskWords / 4; ++i) {
      const uint4 marks = marked.mask[kMaskWords / 4 * lane + i];
      count += __popc(marks.x) + __popc(marks.y) + __popc(marks.z) + __popc(marks.w);
      words |= ((marks.x != 0) | (marks.y != 0) << 1 | (marks.z != 0) << 2 | (marks.w != 0) << 3)
               << 4 * i;
    }
    std::uint32_t own;
    const std::uint32_t before_lane = sum_before(count, own);
    const uint4* const groups = shared.slots[slot].groups;
    auto* const records = reinterpret_cast<std::uint8_t*>(packed);
    const auto release = [&] {
      shared.marks.empty[place.slot].arrive();
      if (lane == 0) shared.tiles.empty[slot].arrive();
    };
    const bool fits = own <= kPacked;
    if (fits) {
      if (__reduce_max_sync(~0u, count) <= kFew)
        collect_few<kType>(mask, words, before_lane, groups, records);
      else
        collect_many<kType>(mask, groups, records, [](std::uint32_t) { return true; });
      __syncwarp();
      release();
    }

    const std::uint32_t first_tile = jobs.get(job, &EncodeJob::first_tile);
    const std::uint64_t before = counts.look_back(tile, first_tile, own, tile_count);
    if (lane == 0) {
      const std::uint32_t in_job = tile - first_tile;
      jobs.get(job, &EncodeJob::tile_ends)[in_job] = static_cast<std::uint32_t>(before + own);
      if (in_job + 1 == tiles(jobs.get(job, &EncodeJob::elements)))
        scratch.tails[job] = before + own;
    }
    std::byte* const section = jobs.get(job, &EncodeJob::escapes);
    const std::uint64_t capacity = jobs.get(job, &EncodeJob::escape_capacity);
    std::uint64_t index = before;  // the frame's index of the first that is collected
    const auto write = [&](std::uint32_t collected) {
      __syncwarp();
      const std::uint32_t fit = available(capacity, index, collected);
      write_unaligned(packed, section + kEscapeBytes * index, kEscapeBytes * fit);
      __syncwarp();
      index += collected;
      return index < capacity;  // a frame with more escapes is stored
    };
    if (fits) {
      write(own);
    } else {
      if (before < capacity) collect_many<kType>(mask, groups, records, write);
      release();
    }
  }
}

}  // namespace splitbench
