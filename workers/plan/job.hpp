#pragma once
#include <cstdint>
#include <vector>

#include "workers/plan/settings.hpp"

namespace splitbench {

/// One request's part of a job.
struct JobRequest {
  std::uint64_t id = 0;
  std::uint64_t prompt_tokens = 0;
  std::uint64_t output_tokens = 0;
  std::uint64_t cached_tokens = 0;    ///< of the prompt, that the prefill worker need not compute
  std::uint64_t resident_tokens = 0;  ///< of the prompt, whose KV the decode worker has already
  std::uint32_t drift_level = 0;      ///< of its KV: drift.hpp

  std::uint64_t kv_tokens() const { return prompt_tokens - resident_tokens; }  ///< that travel

  bool operator==(const JobRequest&) const = default;
};

/// A batch of requests that is prefilled together, and whose KV travels together. In memory its KV
/// is [layer][K, V or latent][token][width] (KvLayout); the requests' tokens follow each other.
struct Job {
  std::uint64_t id = 0;
  Arm arm = Arm::raw;
  std::uint32_t prefill_worker = 0;
  std::uint32_t decode_worker = 0;
  std::uint64_t prefill_offset = 0;  ///< bytes into the prefill worker's KV memory
  std::uint64_t decode_offset = 0;   ///< bytes into the decode worker's KV pool
  std::vector<JobRequest> requests;

  /// Whose KV travels.
  std::uint64_t kv_tokens() const {
    std::uint64_t sum = 0;
    for (const JobRequest& r : requests) sum += r.kv_tokens();
    return sum;
  }

  bool operator==(const Job&) const = default;
};

}  // namespace splitbench
