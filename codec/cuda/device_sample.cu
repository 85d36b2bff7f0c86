#include <algorithm>
#include <stdexcept>

#include "codec/cuda/device.cuh"
#include "codec/cuda/device_sample.hpp"
#include "codec/exponent_statistics.hpp"

namespace splitbench {
namespace {

/// The threads of a block, which counts one task. Eight loads of 16 bytes by each thread are a
/// sample of bf16, all of them under way at once; more threads would only add histograms.
constexpr unsigned kThreads = 256;
constexpr unsigned kWarps = kThreads / 32;
constexpr unsigned kExponents = 256;
constexpr std::uint64_t kLoadBytes = sizeof(uint4);

/// The tasks of a launch, passed in its parameters so that no memory has to be kept until the
/// device has read it.
struct SamplePage {
  SampleTask tasks[kSamplesPerLaunch];
};

template <ElementType kType>
__device__ void count_word(std::uint32_t word, std::uint32_t* counts) {
  constexpr ElementFormat kFormat = element_format(kType);
  constexpr unsigned kBits = 8 * kFormat.bytes;
#pragma unroll
  for (unsigned shift = 0; shift < 32; shift += kBits) {
    const std::uint32_t element = word >> shift & ((1u << kBits) - 1);
    atomicAdd(counts + kFormat.exponent(element), 1);
  }
}

/// Counts the exponents of a task's sample or, where a tensor is no longer than a sample, of all of
/// it; what is left at its end after whole loads of 16 bytes is then counted element by element.
template <ElementType kType>
__device__ void count(const SampleTask& task, std::uint32_t* counts) {
  constexpr std::uint64_t kPerLoad = kLoadBytes / element_bytes(kType);
  constexpr std::uint64_t kLoadsPerBlock = kSampleBlockElements / kPerLoad;
  constexpr unsigned kLoads = kSampleElements / kPerLoad / kThreads;
  const bool whole = task.elements <= kSampleElements;
  const std::uint64_t loads = whole ? task.elements / kPerLoad : kSampleElements / kPerLoad;
  const auto* const data = reinterpret_cast<const uint4*>(task.data);

  uint4 loaded[kLoads];
#pragma unroll
  for (unsigned i = 0; i < kLoads; ++i) {
    const std::uint64_t load = i * kThreads + threadIdx.x;
    if (load >= loads) continue;
    const std::uint64_t first = whole ? load * kPerLoad
                                      : sample_block(task.elements, load / kLoadsPerBlock) +
                                            load % kLoadsPerBlock * kPerLoad;
    loaded[i] = __ldg(data + first / kPerLoad);
  }
#pragma unroll
  for (unsigned i = 0; i < kLoads; ++i) {
    if (i * kThreads + threadIdx.x >= loads) continue;
    count_word<kType>(loaded[i].x, counts);
    count_word<kType>(loaded[i].y, counts);
    count_word<kType>(loaded[i].z, counts);
    count_word<kType>(loaded[i].w, counts);
  }

  const std::uint64_t tail = loads * kPerLoad + threadIdx.x;
  if (!whole || tail >= task.elements) return;
  constexpr ElementFormat kFormat = element_format(kType);
  const std::uint32_t element = kFormat.bytes == 2
                                    ? reinterpret_cast<const std::uint16_t*>(task.data)[tail]
                                    : reinterpret_cast<const std::uint8_t*>(task.data)[tail];
  atomicAdd(counts + kFormat.exponent(element), 1);
}

/// Counts one task in each block. Warps count apart, since few exponents are frequent and all lanes
/// would meet at their counters.
__global__ void __launch_bounds__(kThreads)
    sample_tensors(const __grid_constant__ SamplePage page, SampledExponents* results) {
  __shared__ std::uint32_t counts[kWarps][kExponents];
  for (unsigned i = threadIdx.x; i < kWarps * kExponents; i += kThreads) (&counts[0][0])[i] = 0;
  __syncthreads();

  const SampleTask& task = page.tasks[blockIdx.x];
  std::uint32_t* const own = counts[threadIdx.x / 32];
  switch (task.element_type) {
    case ElementType::bf16:
      count<ElementType::bf16>(task, own);
      break;
    case ElementType::fp8_e5m2:
      count<ElementType::fp8_e5m2>(task, own);
      break;
    case ElementType::fp8_e4m3:
      count<ElementType::fp8_e4m3>(task, own);
      break;
  }
  __syncthreads();

  std::uint32_t sum = 0;
  for (unsigned warp = 0; warp < kWarps; ++warp) sum += counts[warp][threadIdx.x];
  results[blockIdx.x].counts[threadIdx.x] = sum;
}
static_assert(kThreads == kExponents, "each thread writes one count");
static_assert(sizeof(SamplePage) <= 4000, "a launch has 4 KiB of parameters");

void require_sound(const SampleTask& task) {
  if (!known(task.element_type)) throw std::invalid_argument("an element type that is not known");
  if (reinterpret_cast<std::uintptr_t>(task.data) % kLoadBytes != 0)
    throw std::invalid_argument("a tensor is not aligned to 16 bytes");
}

}  // namespace

void sample_exponents(std::span<const SampleTask> tasks, SampledExponents* results, void* stream) {
  for (const SampleTask& task : tasks) require_sound(task);
  for (std::size_t first = 0; first < tasks.size(); first += kSamplesPerLaunch) {
    const auto some = tasks.subspan(first, std::min(kSamplesPerLaunch, tasks.size() - first));
    SamplePage page{};
    std::ranges::copy(some, page.tasks);
    sample_tensors<<<static_cast<unsigned>(some.size()), kThreads, 0,
                     static_cast<cudaStream_t>(stream)>>>(page, results + first);
    check_launch("sample_tensors");
  }
}

}  // namespace splitbench
