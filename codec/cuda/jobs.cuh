#pragma once
#include <cstddef>
#include <cstdint>
#include <cuda_runtime_api.h>

namespace splitbench {

/// A call's jobs, in the launch's parameters where they are few, else in device memory. Parameters
/// need no staging memory that the next call would have to wait for, and a graph captures them. All
/// parameters of a kernel together stay within the 4 KB that cost a launch nothing.
template <typename Job>
struct Jobs {
  static constexpr std::uint32_t kInline = 4032 / sizeof(Job);
  static_assert(kInline >= 24, "a layer group's tensors need no device memory");

  const Job* installed;  ///< jobs in device memory; null if they are inline
  std::uint32_t count;
  Job few[kInline];

  __device__ const Job* at(std::uint32_t index) const {
    return installed != nullptr ? installed + index : few + index;
  }

  /// Returns a copy of a job.
  __device__ Job copy(std::uint32_t index) const {
    if (installed != nullptr) return installed[index];
    return few[index];
  }

  /// Returns a copy of one field of a job: whatever the kernel writes, it need not be read again.
  template <typename Field>
  __device__ Field get(std::uint32_t index, Field Job::*field) const {
    if (installed != nullptr) return installed[index].*field;
    return few[index].*field;
  }
};

/// The bytes that jobs may take of a launch's parameters, which hold 32,764 since CUDA 12.1.
inline constexpr std::size_t kPageBytes = CUDART_VERSION >= 12010 ? 32'000 : 4000;

/// A page of jobs, as many as fit into a launch's parameters.
template <typename Job>
struct JobPage {
  static constexpr std::uint32_t kJobs = kPageBytes / sizeof(Job);
  static_assert(kJobs <= 1024, "a block of threads installs a page");
  Job jobs[kJobs];
};

/// Copies a page's jobs into device memory, one in each thread of the only block.
template <typename Job>
__global__ void install_jobs(const __grid_constant__ JobPage<Job> page, std::uint32_t count,
                             Job* jobs) {
  if (threadIdx.x < count) jobs[threadIdx.x] = page.jobs[threadIdx.x];
}

/// Returns the index of the job of a tile of the call: the last job that begins at or before it.
/// `guess` is the answer for an earlier tile. Called by one whole warp, whose lanes look at 32 jobs
/// in a step: the warp that brings an encoder's tiles has no time to look at one after the other.
/// Most answers are among the next 32.
template <typename Job>
__device__ std::uint32_t job_of(const Jobs<Job>& jobs, std::uint32_t guess, std::uint32_t tile) {
  std::uint32_t low = guess;
  std::uint32_t count = jobs.count - guess;
  if (count > 1 && jobs.get(guess + 1, &Job::first_tile) > tile) return guess;
  for (bool near = true; count > 1; near = false) {
    const std::uint32_t step = near ? 1 : (count + 31) / 32;
    const std::uint32_t ahead = threadIdx.x % 32 * step;
    const bool begins =
        ahead < count && jobs.get(low + ahead, &Job::first_tile) <= tile;  // lane 0's does
    const std::uint32_t passed = (31 - __clz(__ballot_sync(~0u, begins))) * step;
    low += passed;
    count = passed == 31 * step ? count - passed : min(step, count - passed);
  }
  return low;
}

}  // namespace splitbench
