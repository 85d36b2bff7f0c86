#pragma once
#include <cstdint>
#include <span>

#include "codec/cuda/codec_task.hpp"
#include "codec/cuda/ranked/ranked_encode_job.cuh"
#include "codec/cuda/splitzip/frame_jobs.cuh"
#include "codec/errors.hpp"

namespace splitbench {

// The checks of a call's tasks, and the jobs that its kernels get for them.

inline bool aligned(const void* pointer, std::uintptr_t alignment) {
  return reinterpret_cast<std::uintptr_t>(pointer) % alignment == 0;
}

template <typename Byte>
void require_memory(const DeviceTensor<Byte>& tensor) {
  require(tensor.elements <= kMaxElements, "a frame holds at most 2^34 elements");
  if (tensor.pages != nullptr) {
    require(tensor.data == nullptr, "a tensor lies in one piece or in pages, not both");
    require(tensor.page_bytes > 0 && tensor.page_bytes % kGroupBytes == 0 &&
                tensor.page_bytes / kGroupBytes <= std::uint32_t(-1),
            "a tensor's page is not a multiple of 16 bytes");
  }
  require(aligned(tensor.data, 16), "a tensor is not aligned to 16 bytes");
}

inline ElementType type_of(const EncodeTask& task) {
  return task.codebook.element_type;
}

inline ElementType type_of(const DecodeTask& task) {
  return task.element_type;
}

inline std::uint64_t elements_of(const EncodeTask& task) {
  return task.input.elements;
}

inline std::uint64_t elements_of(const DecodeTask& task) {
  return task.output.elements;
}

inline std::uint32_t tiles_of(const EncodeTask& task) {
  return static_cast<std::uint32_t>(tiles(task.input.elements));
}

inline std::uint32_t tiles_of(const DecodeTask& task) {
  return decode_tile_count(task.output.elements);
}

inline void require_sound(const EncodeTask& task) {
  require_memory(task.input);
  require(known(task.wanted), "a task wants a frame of a kind that is not known");
  require(task.codebook.valid(task.wanted) ||
              (task.wanted == FrameKind::stored && known(task.codebook.element_type)),
          "the codebook is not in the order of its kind, or not of its element type");
  require(task.output_capacity >= max_frame_bytes(type_of(task), task.input.elements),
          "no room for the longest frame");
  require(aligned(task.output, 16), "a frame is not aligned to 16 bytes");
}

inline void require_sound(const DecodeTask& task) {
  require_memory(task.output);
  require(known(task.element_type), "an element type that is not known");
  require(!task.kind || known(*task.kind), "a task's frame is of a kind that is not known");
  require(aligned(task.frame, 16), "a frame is not aligned to 16 bytes");
}

inline ExpectedKinds expected_kinds(std::span<const DecodeTask> tasks) {
  ExpectedKinds expected{.splitzip = false, .ranked = false};
  for (const DecodeTask& task : tasks) {
    const bool ranked = task.kind == FrameKind::ranked;
    expected.splitzip |= !ranked;
    expected.ranked |= ranked || !task.kind;
  }
  return expected;
}

template <typename Byte>
GroupMemory<Byte> group_memory(const DeviceTensor<Byte>& tensor) {
  return {.data = tensor.data,
          .pages = tensor.pages,
          .groups_per_page = static_cast<std::uint32_t>(tensor.page_bytes / kGroupBytes)};
}

/// Returns whether a task is for the kernel of ranked frames.
inline bool attempts_ranked(const EncodeTask& task) {
  return frame_kind(task.wanted, type_of(task), task.input.elements, 0) == FrameKind::ranked;
}

inline EncodeJob encode_job(const EncodeTask& task, EncodedFrame* result,
                            std::uint32_t first_tile) {
  const std::uint64_t n = task.input.elements;
  const FrameLayout layout = splitzip_layout(type_of(task), n, 0);
  EncodeJob job{.input = group_memory(task.input),
                .elements = n,
                .output = task.output,
                .planes = {},
                .tile_ends = reinterpret_cast<std::uint32_t*>(task.output + layout.tile_ends),
                .escapes = task.output + layout.escapes,
                .escape_capacity = escape_capacity(type_of(task), n),
                .codebook = task.codebook,
                .codebook_id = task.codebook.id(),
                .run = CodebookRun(task.codebook),
                .first_tile = first_tile,
                .result = result,
                .attempt = frame_kind(task.wanted, type_of(task), n, 0)};
  for (int plane = 0; plane < 3; ++plane) job.planes[plane] = task.output + layout.planes[plane];
  return job;
}

inline RankedEncodeJob ranked_encode_job(const EncodeTask& task, EncodedFrame* result,
                                         std::uint32_t first_tile) {
  const std::uint64_t n = task.input.elements;
  const RankedLayout layout = ranked_layout(type_of(task), n, 0);
  std::byte* const frame = task.output;
  return {.input = group_memory(task.input),
          .elements = n,
          .output = frame,
          .planes = {frame + layout.planes[0], frame + layout.planes[1]},
          .first_level = frame + layout.first_level,
          .block_ends = reinterpret_cast<std::uint16_t*>(frame + layout.block_ends),
          .tile_ends = reinterpret_cast<std::uint32_t*>(frame + layout.tile_ends),
          .stream = reinterpret_cast<std::uint32_t*>(frame + layout.stream),
          .capacity = tail_capacity(FrameKind::ranked, type_of(task), n),
          .codebook = task.codebook,
          .codebook_id = task.codebook.id(),
          .window = type_of(task) == ElementType::bf16 ? RankWindow(task.codebook) : RankWindow{},
          .result = result,
          .first_tile = first_tile};
}

inline DecodeJob decode_job(const DecodeTask& task, std::uint32_t first_tile) {
  const std::uint64_t n = task.output.elements;
  const FrameLayout layout = splitzip_layout(task.element_type, n, 0);
  DecodeJob job{.frame = task.frame,
                .frame_bytes = task.frame_bytes,
                .planes = {},
                .tile_ends = reinterpret_cast<const std::uint32_t*>(task.frame + layout.tile_ends),
                .escapes = task.frame + layout.escapes,
                .has_planes = n > 0 && task.frame_bytes >= layout.end,
                .output = group_memory(task.output),
                .elements = n,
                .first_tile = first_tile};
  for (int plane = 0; plane < 3; ++plane) job.planes.at[plane] = task.frame + layout.planes[plane];
  return job;
}

}  // namespace splitbench
