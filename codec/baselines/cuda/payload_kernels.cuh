#pragma once
#include <cstddef>
#include <cstdint>
#include <cuda_runtime_api.h>
#include <nvcomp.h>

namespace splitbench {

// The kernels around the coder that make a payload of its chunks, and chunks of a payload. All
// pointers are to device memory, except `outcome` and `failed`, which are to pinned memory of the
// host; all begin on 16 bytes.

/// The outcome of gather(), there when its work is done.
struct GatherOutcome {
  std::uint64_t payload_bytes = 0;
  nvcompStatus_t status = nvcompSuccess;  ///< status of a chunk that failed, if one did
};

/// The chunks of one payload, before and after the coder.
struct GatherTask {
  std::size_t chunks = 0;
  const void* const* seen = nullptr;  ///< chunks as the coder sees them
  const std::size_t* seen_bytes = nullptr;
  const void* const* compressed = nullptr;
  const std::size_t* compressed_bytes = nullptr;
  const nvcompStatus_t* statuses = nullptr;
  std::size_t gaps = 0;
  const std::uint64_t* gap_begins = nullptr;  ///< payload offsets; zeros up to 16 bytes follow
  std::byte* payload = nullptr;
  std::uint64_t chunks_at = 0;
  std::uint64_t* places = nullptr;  ///< scratch, one for each chunk
  GatherOutcome* outcome = nullptr;
};

/// Writes lengths, gaps and chunks, each of them compressed or, if that is no shorter, as it was.
void gather(const GatherTask&, void* stream);

/// Chunks that are copied as they are.
struct CopyTask {
  std::size_t count = 0;
  const void* const* from = nullptr;
  void* const* to = nullptr;
  const std::size_t* bytes = nullptr;
};

void copy_chunks(const CopyTask&, void* stream);

/// Sets `failed` to 1 if one of the chunks failed, or came back in another size.
void find_failure(std::size_t chunks, const nvcompStatus_t* statuses, const std::size_t* bytes,
                  const std::size_t* expected, std::uint32_t* failed, void* stream);

}  // namespace splitbench
