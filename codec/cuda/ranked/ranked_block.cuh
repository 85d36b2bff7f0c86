#pragma once
#include <cstdint>
#include <type_traits>

#include "codec/cuda/ranked/ranked_encode_job.cuh"
#include "codec/cuda/ranked/ranked_lane.cuh"

namespace splitbench {

/// The codes that a lane adds to its block's stream: the runs of its chunks, and its escapes.
template <ElementType kType>
struct LaneCodes {
  unsigned runs[4][kRuns<kType>];
  unsigned lengths[kRuns<kType>];  ///< bits of the runs, a byte for each chunk
  unsigned escapes[4];

  __device__ unsigned length(int run, int chunk) const { return lengths[run] >> 8 * chunk & 0xff; }
};

/// Keeps the entries of an octet's first `elements` elements; the others become those of rank 0.
__device__ inline void cut_entries(std::uint32_t elements, unsigned& even, unsigned& odd) {
  const auto keep = [](unsigned entries, std::uint32_t count) {
    return count >= 4 ? entries : entries & ((1u << 8 * count) - 1);
  };
  even = keep(even, (elements + 1) / 2);
  odd = keep(odd, elements / 2);
}

/// Writes planes and first level of this lane's part of a block, whose octets `octet_of(k)`
/// returns, and sets `codes`. Returns the lane's share of the digest.
template <ElementType kType, bool kWhole, typename OctetOf>
__device__ inline std::uint64_t encode_lane(const OctetOf& octet_of,
                                            const RankedBlock<kType>& block,
                                            const RankEntries<kType>& entries,
                                            std::byte* const (&planes)[2], std::byte* first_level,
                                            LaneCodes<kType>& codes) {
  const std::uint32_t lane = threadIdx.x % 32;
  const RankedPlanes<kType> planes_out(planes, block.octet + lane);
  BlockDigest<kType> digest(block.octet + lane);
  unsigned first[4];
#pragma unroll
  for (unsigned& lengths : codes.lengths) lengths = 0;
#pragma unroll
  for (int chunk = 0; chunk < 4; ++chunk) {
    unsigned words[4];
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int k = 2 * chunk + half;
      const std::uint32_t bytes = kWhole ? kOctetBytes<kType> : block.octet_bytes(k);
      words[half] = words[2 + half] = 0;
      if (!kWhole && bytes == 0) continue;
      const Octet<kType> octet = octet_of(k);
      entries.look_up(octet, words[half], words[2 + half]);
      if (!kWhole) cut_entries(bytes / element_bytes(kType), words[half], words[2 + half]);
      digest.add(octet, k);
      planes_out.write(k, octet);
    }
    const ChunkCodes<kType> done(words);
    first[chunk] = done.first_level;
    codes.escapes[chunk] = done.escapes;
#pragma unroll
    for (int run = 0; run < kRuns<kType>; ++run) {
      codes.runs[chunk][run] = done.runs[run];
      codes.lengths[run] += done.lengths[run] << 8 * chunk;
    }
  }
  reinterpret_cast<uint4*>(first_level)[block.octet / 8 + lane] = {first[0], first[1], first[2],
                                                                   first[3]};
  return digest.share();
}

/// Returns the exponent of the element in a chunk's `word` and `column`, given the octet that holds
/// it, in any memory.
template <ElementType kType>
__device__ inline unsigned exponent_in(const Octet<kType>* octet, int word, int column) {
  using Element = std::conditional_t<kType == ElementType::bf16, std::uint16_t, std::uint8_t>;
  return element_format(kType).exponent(
      reinterpret_cast<const Element*>(octet)[2 * column + word / 2]);
}

/// The places in its block's stream at which a lane's second and third level begin, in bits, and
/// its escapes, in bytes.
struct LanePlaces {
  std::uint32_t second, third, escapes;
  std::uint32_t third_bits;  ///< bits of the lane's third level
  std::uint32_t words;       ///< words of the whole stream

  /// Computes the places. Called by one whole warp.
  template <ElementType kType>
  __device__ explicit LanePlaces(const LaneCodes<kType>& codes) {
    const auto sum = [](unsigned bytes) { return bytes * 0x01010101 >> 24; };
    third_bits = 0;
#pragma unroll
    for (int run = 1; run < kRuns<kType>; ++run) third_bits += sum(codes.lengths[run]);
    std::uint32_t count = 0;
#pragma unroll
    for (int chunk = 0; chunk < 4; ++chunk) count += __popc(codes.escapes[chunk]);
    std::uint32_t levels, escape_bytes;
    const std::uint32_t before = sum_before(sum(codes.lengths[0]) | third_bits << 16, levels);
    const std::uint32_t escapes_before = sum_before(count, escape_bytes);
    second = before & 0xffff;
    third = (levels & 0xffff) + (before >> 16);
    const std::uint32_t end = ((levels & 0xffff) + (levels >> 16) + 7) / 8;
    escapes = end + escapes_before;
    words = (end + escape_bytes + 3) / 4;
  }
};

/// ORs the lane's codes into `words`, which are the kStagedWords words of the stream from word
/// `begin` on; codes outside of them are left out. `exponent(chunk, word, column)` returns an
/// element's exponent.
template <ElementType kType, typename Exponent>
__device__ inline void place_codes(const LaneCodes<kType>& codes, const LanePlaces& places,
                                   const Exponent& exponent, std::uint32_t* words,
                                   std::uint32_t begin) {
  const auto put_word = [&](std::uint32_t at, unsigned value) {
    if (value != 0 && at < kStagedWords) atomicOr(words + at, value);
  };
  const auto put = [&](std::uint32_t bit, unsigned value) {
    const std::uint32_t at =
        bit / 32 - begin;  // wraps around below begin, which is out of range too
    put_word(at, shift_left(value, bit));
    put_word(at + 1, shifted_out(value, bit));
  };
  {  // the second level's four runs as one of at most 128 bits
    const unsigned n0 = codes.length(0, 0), n2 = codes.length(0, 2);
    const unsigned n01 = n0 + codes.length(0, 1);
    const std::uint64_t low = codes.runs[0][0] | std::uint64_t{codes.runs[1][0]} << n0;
    const std::uint64_t high = codes.runs[2][0] | std::uint64_t{codes.runs[3][0]} << n2;
    const std::uint64_t a = low | (n01 < 64 ? high << n01 : 0);
    const std::uint64_t b = n01 == 0 ? 0 : high >> (64 - n01);
    const unsigned parts[4] = {static_cast<unsigned>(a), static_cast<unsigned>(a >> 32),
                               static_cast<unsigned>(b), static_cast<unsigned>(b >> 32)};
    const std::uint32_t at = places.second / 32 - begin;
    put_word(at, shift_left(parts[0], places.second));
    put_word(at + 1, __funnelshift_l(parts[0], parts[1], places.second));
    if ((parts[1] | parts[2] | parts[3]) != 0) {
      put_word(at + 2, __funnelshift_l(parts[1], parts[2], places.second));
      put_word(at + 3, __funnelshift_l(parts[2], parts[3], places.second));
      put_word(at + 4, shifted_out(parts[3], places.second));
    }
  }
  if (__all_sync(~0u, places.third_bits <= 32)) {
    unsigned all = 0, length = 0;
#pragma unroll
    for (int chunk = 0; chunk < 4; ++chunk) {
#pragma unroll
      for (int run = 1; run < kRuns<kType>; ++run) {
        all |= shift_left(codes.runs[chunk][run], length);
        length += codes.length(run, chunk);
      }
    }
    put(places.third, all);
  } else {
    std::uint32_t at = places.third;
#pragma unroll
    for (int chunk = 0; chunk < 4; ++chunk) {
#pragma unroll
      for (int run = 1; run < kRuns<kType>; ++run) {
        put(at, codes.runs[chunk][run]);
        at += codes.length(run, chunk);
      }
    }
  }
  std::uint32_t escape = places.escapes;
#pragma unroll
  for (int chunk = 0; chunk < 4; ++chunk) {
    for (unsigned left = codes.escapes[chunk]; left != 0; left &= left - 1) {
      const int bit = __ffs(left) - 1;
      put(8 * escape++, exponent(chunk, bit / 2 % 4, bit / 8));
    }
  }
}

}  // namespace splitbench
