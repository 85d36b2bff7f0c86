#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "codec/baselines/device_payload.hpp"
#include "codec/cuda/cuda_codec.hpp"
#include "codec/cuda/device.hpp"
#include "workers/plan/job.hpp"
#include "workers/plan/pipeline.hpp"

namespace splitbench {

/// What the encoders, or the decoders, of all chunks in flight share. All of it outlives them.
struct CudaCoding {
  const Pipeline& pipeline;
  const DeviceBuffer& kv;
  CudaCodec& codec;               ///< for frames; all its calls go into one stream
  bool device_staging;            ///< chunks go to, or come from, slots in device memory
  void* sample_stream = nullptr;  ///< of encoders: where exponents are sampled

  /// Where a piece of a job lies whose KV begins at this offset.
  std::byte* place(const KvLayout& layout, std::uint64_t offset, const Piece& piece) const {
    return kv.data() + offset + layout.at(piece);
  }
  /// Returns where all pieces of a chunk lie, as spans of std::byte or const std::byte.
  template <class Byte>
  std::vector<std::span<Byte>> places(const Job& job, std::uint64_t offset,
                                      const Chunk& chunk) const {
    const KvLayout layout = pipeline.layout(job);
    std::vector<std::span<Byte>> found;
    for (const Piece& piece : chunk.pieces)
      found.emplace_back(place(layout, offset, piece), layout.bytes_of(piece));
    return found;
  }
};

/// The most that one chunk asks of the codec, and of a baseline.
inline CudaCodec::Limits codec_limits(const Pipeline& pipeline) {
  return {.tasks = kMaxPieces,
          .elements = pipeline.staging_plan().chunk_bytes / element_bytes(pipeline.element_type)};
}
inline PayloadLimits payload_limits(const Pipeline& pipeline) {
  return {.type = pipeline.element_type,
          .pieces = kMaxPieces,
          .bytes = pipeline.staging_plan().chunk_bytes};
}

/// How many raw bytes, or frames at their longest, lie before each piece of a chunk; and at last,
/// how many in all.
inline std::vector<std::uint64_t> frame_places(const Pipeline& pipeline, const Chunk& chunk) {
  std::vector<std::uint64_t> places{0};
  for (const Piece& piece : chunk.pieces)
    places.push_back(places.back() + max_frame_bytes(pipeline.element_type, piece.elements));
  return places;
}

/// Bytes of a flight's buffer for frames on their way between KV memory and a slot of the host's.
inline std::uint64_t staged_bytes(const CudaCoding& coding) {
  return coding.device_staging ? 0 : coding.pipeline.staging_plan().slot_bytes;
}

}  // namespace splitbench
