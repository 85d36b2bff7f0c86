#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "codec/baselines/baseline.hpp"
#include "codec/cuda/cuda_codec.hpp"
#include "codec/cuda/device.hpp"
#include "workers/plan/job.hpp"
#include "workers/plan/pipeline.hpp"

namespace splitbench {

/// The resources that the encoders, or the decoders, of all chunks in flight share. They must
/// outlive the encoders and decoders, which keep copies of this struct.
struct CudaCoding {
  const Pipeline& pipeline;
  const DeviceBuffer& kv;
  CudaCodec& codec;                      ///< codec of frames; all its calls go into one stream
  bool device_staging;                   ///< chunks go to, or come from, slots in device memory
  std::span<const Baseline> added = {};  ///< BackendSpec's; used while coders are made
  void* sample_stream = nullptr;         ///< stream in which encoders sample exponents

  /// Returns the address of a piece of a job whose KV begins `offset` bytes into the KV memory.
  std::byte* place(const KvLayout& layout, std::uint64_t offset, const Piece& piece) const {
    return kv.data() + offset + layout.at(piece);
  }
  /// Returns the memory of each piece of a chunk, as spans of std::byte or const std::byte.
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

/// Returns the limits of one chunk, for the codec of frames.
inline CudaCodec::Limits codec_limits(const Pipeline& pipeline) {
  return {.tasks = kMaxPieces,
          .elements = pipeline.staging_plan().chunk_bytes / element_bytes(pipeline.element_type)};
}
/// Returns the limits of one chunk, for a baseline.
inline PayloadLimits payload_limits(const Pipeline& pipeline) {
  return {.type = pipeline.element_type,
          .pieces = kMaxPieces,
          .bytes = pipeline.staging_plan().chunk_bytes};
}

/// Returns where each piece's frame begins if all frames of a chunk are as long as they can be, in
/// bytes from the first, and as the last element the length of all.
inline std::vector<std::uint64_t> frame_places(const Pipeline& pipeline, const Chunk& chunk) {
  std::vector<std::uint64_t> places{0};
  for (const Piece& piece : chunk.pieces)
    places.push_back(places.back() + max_frame_bytes(pipeline.element_type, piece.elements));
  return places;
}

/// Returns the size in bytes of one flight's buffer for frames on their way between KV memory and a
/// slot in host memory; 0 where slots lie in device memory.
inline std::uint64_t staged_bytes(const CudaCoding& coding) {
  return coding.device_staging ? 0 : coding.pipeline.staging_plan().slot_bytes;
}

}  // namespace splitbench
