#pragma once
#include <cstddef>
#include <cstdint>
#include <cuda_runtime_api.h>
#include <nvcomp.h>

namespace splitbench {

// What is done around the coder to make a payload of its chunks, and chunks of a payload. All
// pointers are device memory's, but outcomes, which are the host's; all begin on 16 bytes.

struct GatherOutcome {
  std::uint64_t payload_bytes = 0;
  nvcompStatus_t status = nvcompSuccess;  ///< of a chunk that failed, if one did
};

struct GatherTask {
  std::size_t chunks = 0;
  const void* const* seen = nullptr;  ///< by the coder
  const std::size_t* seen_bytes = nullptr;
  const void* const* compressed = nullptr;
  const std::size_t* compressed_bytes = nullptr;
  const nvcompStatus_t* statuses = nullptr;
  std::size_t gaps = 0;
  const std::uint64_t* gap_begins = nullptr;  ///< of the payload: zeros up to 16 bytes
  std::byte* payload = nullptr;
  std::uint64_t chunks_at = 0;
  std::uint64_t* places = nullptr;  ///< one a chunk, to work with
  GatherOutcome* outcome = nullptr;
};

/// Writes lengths, gaps and chunks, each of them compressed or, where that is no shorter, as it
/// was.
void gather(const GatherTask&, void* stream);

/// Bytes that are brought as they are.
struct CopyTask {
  std::size_t count = 0;
  const void* const* from = nullptr;
  void* const* to = nullptr;
  const std::size_t* bytes = nullptr;
};

void copy_chunks(const CopyTask&, void* stream);

/// Says whether one of the chunks failed, or came back in another size.
void find_failure(std::size_t chunks, const nvcompStatus_t* statuses, const std::size_t* bytes,
                  const std::size_t* expected, std::uint32_t* failed, void* stream);

}  // namespace splitbench
