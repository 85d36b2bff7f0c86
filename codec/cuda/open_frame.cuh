#pragma once
#include <cstddef>
#include <cstdint>

#include "codec/cpu/sections.hpp"
#include "codec/cuda/jobs.cuh"
#include "codec/cuda/splitzip/frame_jobs.cuh"
#include "codec/frame.hpp"

namespace splitbench {

/// The work to be done on a frame's tiles.
enum class TileWork : std::uint32_t { skip, copy, join };

/// A frame's header in shared memory: a copy, since the frame may lie where others can write.
struct OpenFrame {
  FrameHeader header;
  std::uint32_t taken[8];  ///< a bit for each exponent that an escape cannot have
  TileWork work;
};

/// A frame as its job has it, and its header, of which each lane of a warp holds a word. The header
/// is asked for apart from what is done with it: so it is on its way before the planes, behind
/// which it would wait for as long as all blocks' first tiles take.
struct FoundFrame {
  const std::byte* frame = nullptr;
  std::uint64_t frame_bytes = 0;
  std::uint64_t elements = 0;
  std::uint64_t word = 0;  ///< the lane's; 0 where the frame is too short for a header

  /// Called by one whole warp.
  __device__ FoundFrame(const Jobs<DecodeJob>& jobs, std::uint32_t job)
      : frame(jobs.get(job, &DecodeJob::frame)),
        frame_bytes(jobs.get(job, &DecodeJob::frame_bytes)),
        elements(jobs.get(job, &DecodeJob::elements)) {
    const unsigned lane = threadIdx.x % 32;
    if (frame_bytes >= kHeaderBytes && lane < kHeaderBytes / 8)
      word = reinterpret_cast<const std::uint64_t*>(frame)[lane];
  }
};

/// Returns whether the header's exponents are a codebook, and the one its id names. Called by one
/// whole warp, a lane for each exponent.
template <ElementType kType>
__device__ inline bool codebook_fits_by_warp(const FrameHeader& header) {
  constexpr ElementFormat kFormat = element_format(kType);
  const unsigned lane = threadIdx.x % 32;
  const unsigned exponent = lane < 16 ? header.exponents[lane] : 0;
  const unsigned before = __shfl_up_sync(~0u, exponent, 1);
  bool fits = true;
  if (header.kind == FrameKind::stored) {
    fits = exponent == 0 && header.codebook_id == 0;
  } else if (lane < kFormat.codes()) {
    fits = exponent < kFormat.exponents() && (lane == 0 || before < exponent);
  } else {
    fits = exponent == 0;
  }
  if (lane == 0 && header.kind != FrameKind::stored) {
    const auto* const words = reinterpret_cast<const std::uint64_t*>(&header.exponents);
    fits = fits && header.codebook_id == codebook_id(words[0], words[1], kType);
  }
  return __all_sync(~0u, fits);
}

/// Returns whether a header with the right checksum and codebook is right in all else, and of this
/// task. If it is not, report_frames finds out why: that needs registers which decode_tiles needs
/// itself.
template <ElementType kType>
__device__ inline bool is_of_task(const FrameHeader& header, const FoundFrame& found) {
  const bool stored = header.kind == FrameKind::stored;
  const std::uint64_t splitzip_bytes =
      splitzip_frame_bytes(kType, found.elements, 0) + padded(kEscapeBytes * header.escapes);
  const std::uint64_t stored_bytes = stored_frame_bytes(kType, found.elements);
  std::uint64_t reserved = header.stream_words;
#pragma unroll
  for (const std::uint64_t word : header.reserved) reserved |= word;
  return header.magic == FrameHeader::kMagic && known_version(header.version) &&
         (stored || header.kind == FrameKind::splitzip) && header.element_type == kType &&
         header.code_bits == (stored ? 0 : element_format(kType).code_bits) && reserved == 0 &&
         header.elements == found.elements && header.elements <= kMaxElements &&
         header.escapes <= (stored ? 0 : header.elements) &&
         header.frame_bytes == found.frame_bytes &&
         header.frame_bytes == (stored ? stored_bytes : splitzip_bytes) &&
         (stored || splitzip_bytes < stored_bytes);
}

/// Returns, for a word of OpenFrame::taken, a bit for each of its 32 exponents that elements of the
/// type cannot have.
template <ElementType kType>
__device__ inline std::uint32_t missing_exponents(unsigned word) {
  constexpr unsigned kExponents = element_format(kType).exponents();
  if (kExponents == 256) return 0;
  return word > 0 ? ~0u : kExponents < 32 ? ~0u << kExponents % 32 : 0;
}

/// Copies a frame's header, and marks which exponents have a code or do not exist. Returns whether
/// there is a header and its checksum is right. Called by one whole warp.
template <ElementType kType>
__device__ inline bool read_header(const FoundFrame& found, OpenFrame& frame) {
  constexpr int kWords = kHeaderBytes / 8;
  constexpr int kChecksum = offsetof(FrameHeader, checksum) / 8;
  const unsigned lane = threadIdx.x % 32;
  if (lane < kWords) reinterpret_cast<std::uint64_t*>(&frame.header)[lane] = found.word;
  std::uint64_t checksum = lane < kWords ? mix(lane == kChecksum ? 0 : found.word, lane) : 0;
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2)
    checksum += __shfl_xor_sync(~0u, checksum, distance);
  if (lane < 8) frame.taken[lane] = missing_exponents<kType>(lane);
  __syncwarp();
  const FrameHeader& header = frame.header;
  const bool splitzip = header.kind == FrameKind::splitzip;
  const unsigned codes = splitzip ? element_format(kType).codes() : ranked_format(kType).ranks();
  if (lane < codes) {
    const unsigned exponent = header.exponents[lane];
    atomicOr(&frame.taken[exponent / 32], 1u << exponent % 32);
  }
  __syncwarp();
  return found.frame_bytes >= kHeaderBytes && checksum == header.checksum;
}

/// Opens a job's frame: checks its header and chooses the work on its tiles. Called by one whole
/// warp.
template <ElementType kType>
__device__ inline void open_frame(const FoundFrame& found, ExpectedKinds expected,
                                  DecodeState& state, OpenFrame& frame) {
  const bool right = read_header<kType>(found, frame);
  const FrameHeader& header = frame.header;
  const bool codebook_fits = codebook_fits_by_warp<kType>(header);
  if (threadIdx.x % 32 != 0) return;
  state.expected = header.digest;
  frame.work = TileWork::skip;
  if (right && codebook_fits && is_of_task<kType>(header, found)) {
    frame.work = header.kind == FrameKind::stored ? TileWork::copy : TileWork::join;
  } else if (found.frame_bytes < kHeaderBytes || header.kind != FrameKind::ranked ||
             !expected.ranked) {
    state.unreadable = 1;
  }
}

/// Raises a fault if a byte from `begin` to `end` is not zero. Called by one whole warp.
__device__ inline void require_zero(const std::byte* frame, std::uint64_t begin, std::uint64_t end,
                                    DecodeState& state) {
  for (std::uint64_t i = begin + threadIdx.x % 32; i < end; i += 32) {
    if (frame[i] != std::byte{0}) state.raise(FrameFault::padding);
  }
}

/// Raises a fault if unused bits of the last byte of a plane, which has `bits` for each element,
/// are not zero.
__device__ inline void require_zero_rest(const std::byte* frame, std::uint64_t plane_end,
                                         std::uint64_t elements, unsigned bits,
                                         DecodeState& state) {
  const unsigned used = elements * bits % 8;
  if (used != 0 && static_cast<unsigned>(frame[plane_end - 1]) >> used != 0)
    state.raise(FrameFault::padding);
}

/// Checks that a frame's padding is zero. Called by one whole warp.
template <ElementType kType>
__device__ __noinline__ void check_padding(const DecodeJob& job, const FrameHeader& header,
                                           DecodeState& state) {
  const std::uint64_t n = job.elements;
  if (header.kind == FrameKind::stored) {
    require_zero(job.frame, kHeaderBytes + element_bytes(kType) * n, job.frame_bytes, state);
    return;
  }
  const auto between = paddings(kType, n, header.escapes);
  for (const Padding padding : between) {
    require_zero(job.frame, padding.begin, padding.end, state);
  }
  constexpr ElementFormat kFormat = element_format(kType);
  if (threadIdx.x % 32 != 0) return;
#pragma unroll
  for (int plane = 0; plane < 3; ++plane)
    require_zero_rest(job.frame, between[plane].begin, n, kFormat.plane_bits[plane], state);
}

}  // namespace splitbench
