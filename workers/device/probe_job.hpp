#pragma once
#include <algorithm>
#include <cstdint>

#include "workers/plan/job.hpp"
#include "workers/process/worker_setup.hpp"

namespace splitbench {

/// A job of one request of so many tokens, or of as many as the worker's memory holds.
inline Job probe_job(const WorkerSetup& setup, Arm arm, std::uint64_t tokens) {
  const Pipeline& pipeline = setup.pipeline;
  tokens = std::min(tokens, setup.kv_bytes / pipeline.bytes_per_token());
  while (pipeline.memory_of(tokens) > setup.kv_bytes) --tokens;
  return {.id = 0, .arm = arm, .requests = {{0, tokens, 1}}};
}

}  // namespace splitbench
