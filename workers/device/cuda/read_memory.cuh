#pragma once
#include <cstddef>
#include <cstdint>
#include <cuda_runtime_api.h>
#include <span>
#include <vector>

#include "codec/cuda/device.cuh"

namespace splitbench {

// A kernel that reads memory and discards it, and its launcher.

/// The number of spans in a launch: its arguments stay below the 4 KiB that every device takes.
constexpr std::uint32_t kSpansOfLaunch = 128;

/// The spans of a launch, as one sequence of 16-byte words.
struct ReadList {
  const uint4* words[kSpansOfLaunch];
  std::uint64_t first[kSpansOfLaunch + 1];  ///< index of each span's first word; then of the end
  std::uint32_t spans = 0;
};

/// Reads all words of a list. Threads stride over the whole sequence, so that short spans are
/// shared evenly, too. The sum keeps the compiler from removing the loads; it is hardly ever the
/// value that is written, and then the write does no harm.
static __global__ void read_words(ReadList list, std::uint32_t* sink) {
  constexpr std::uint32_t kWritten = 0x5eed1e55;
  const std::uint64_t threads = std::uint64_t{gridDim.x} * blockDim.x;
  const std::uint64_t thread = std::uint64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  std::uint32_t sum = 0;
  const auto take = [&sum](uint4 word) { sum ^= word.x ^ word.y ^ word.z ^ word.w; };
  for (std::uint32_t span = 0; span < list.spans; ++span) {
    const uint4* const words = list.words[span];
    const std::uint64_t size = list.first[span + 1] - list.first[span];
    std::uint64_t i = (thread + threads - list.first[span] % threads) % threads;
    for (; i + 3 * threads < size; i += 4 * threads) {  // four loads are in flight at once
      const uint4 a = __ldcs(words + i), b = __ldcs(words + i + threads);
      const uint4 c = __ldcs(words + i + 2 * threads), d = __ldcs(words + i + 3 * threads);
      take(a);
      take(b);
      take(c);
      take(d);
    }
    for (; i < size; i += threads) take(__ldcs(words + i));
  }
  if (sum == kWritten) *sink = sum;
}

/// Puts the reading of spans into a stream, in as few launches as possible. Not thread-safe. Calls
/// throw CudaError.
class MemoryReader {
 public:
  /// `sink` is one word of device memory, which must outlive the launched work.
  MemoryReader(void* stream, std::uint32_t multiprocessors, std::uint32_t* sink)
      : stream_(stream), blocks_(multiprocessors * kBlocksOfMultiprocessor), sink_(sink) {}

  /// Adds the whole aligned 16-byte words of a span of device memory, and launches when the list is
  /// full.
  void add(std::span<const std::byte> bytes) {
    constexpr std::uintptr_t kWord = sizeof(uint4);
    const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data());
    const std::uintptr_t first = (begin + kWord - 1) / kWord, end = (begin + bytes.size()) / kWord;
    if (first >= end) return;
    list_.words[list_.spans] = reinterpret_cast<const uint4*>(first * kWord);
    list_.first[list_.spans + 1] = list_.first[list_.spans] + (end - first);
    if (++list_.spans == kSpansOfLaunch) launch();
  }

  /// Launches the reading of the spans that were added and not yet launched.
  void launch() {
    if (list_.spans == 0) return;
    read_words<<<blocks_, kThreads, 0, static_cast<cudaStream_t>(stream_)>>>(list_, sink_);
    check_launch("read_words");
    list_ = {};
  }

 private:
  static constexpr std::uint32_t kThreads = 256, kBlocksOfMultiprocessor = 8;  // 2048 threads

  void* stream_;
  std::uint32_t blocks_;
  std::uint32_t* sink_;
  ReadList list_{};
};

}  // namespace splitbench
