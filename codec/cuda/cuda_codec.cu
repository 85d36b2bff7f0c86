#include <algorithm>
#include <string>
#include <type_traits>

#include "codec/cuda/check.cuh"
#include "codec/cuda/cuda_codec.hpp"
#include "codec/cuda/decode.cuh"
#include "codec/cuda/encode.cuh"
#include "codec/cuda/finish.cuh"
#include "codec/cuda/sum_words.cuh"
#include "codec/cuda/task_jobs.cuh"

namespace splitbench {
namespace {

/// Calls `function` with the element type as a compile-time constant.
template <typename Function>
void with_type(ElementType type, const Function& function) {
  switch (type) {
    case ElementType::bf16:
      return function(std::integral_constant<ElementType, ElementType::bf16>());
    case ElementType::fp8_e5m2:
      return function(std::integral_constant<ElementType, ElementType::fp8_e5m2>());
    case ElementType::fp8_e4m3:
      return function(std::integral_constant<ElementType, ElementType::fp8_e4m3>());
  }
}

/// Kernels that follow one another want the same split of an L1 cache, else each waits for the last
/// to leave its multiprocessor.
template <typename Kernel>
void prefer_shared_memory(Kernel* kernel) {
  check(cudaFuncSetAttribute(kernel, cudaFuncAttributePreferredSharedMemoryCarveout,
                             cudaSharedmemCarveoutMaxShared),
        "prefer shared memory");
}

int device_attribute(cudaDeviceAttr attribute) {
  int device, value;
  check(cudaGetDevice(&device), "ask for the current device");
  check(cudaDeviceGetAttribute(&value, attribute, device), "ask for a device's attribute");
  return value;
}

/// Blocks of this kernel that the device holds at a time.
template <typename Kernel>
std::uint32_t resident_blocks(Kernel* kernel, int threads, std::size_t dynamic_bytes) {
  const auto most =
      static_cast<std::size_t>(device_attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin));
  if (dynamic_bytes > most) {
    throw CudaError("the codec needs " + std::to_string(dynamic_bytes) +
                    " bytes of shared memory a block, and this device has " + std::to_string(most) +
                    ": use the CPU, or an A100, an H100 or a later one");
  }
  prefer_shared_memory(kernel);
  check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                             static_cast<int>(dynamic_bytes)),
        "ask for shared memory");
  int blocks;
  check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, kernel, threads, dynamic_bytes),
        "ask for a kernel's occupancy");
  return static_cast<std::uint32_t>(blocks * device_attribute(cudaDevAttrMultiProcessorCount));
}

struct LaunchShape {
  dim3 blocks;
  int threads;
  bool overlaps;  ///< the device can start a launch before the one before has ended
};

/// Launches a kernel that itself waits for the one before it in the stream (await_launch_before),
/// so that where the device overlaps launches its start costs no time.
template <typename... Parameters, typename... Arguments>
void launch_waiting(void (*kernel)(Parameters...), LaunchShape shape, cudaStream_t stream,
                    const Arguments&... arguments) {
  cudaLaunchAttribute overlap{};
  overlap.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  overlap.val.programmaticStreamSerializationAllowed = 1;
  cudaLaunchConfig_t config{};
  config.gridDim = shape.blocks;
  config.blockDim = dim3(shape.threads);
  config.stream = stream;
  config.attrs = &overlap;
  config.numAttrs = shape.overlaps ? 1 : 0;
  check(cudaLaunchKernelEx(&config, kernel, arguments...),
        "launch a kernel that waits for another");
}

std::uint32_t grid(std::uint32_t resident, std::uint32_t tile_count, LaunchOptions options) {
  const std::uint32_t blocks = std::min(resident, tile_count);
  return options.max_blocks == 0 ? blocks : std::min(blocks, options.max_blocks);
}

std::uint64_t tiles_of(const CudaCodec::Limits& limits) {
  return tiles(limits.elements) + limits.tasks;  // every tensor may end within a tile
}

}  // namespace

struct CudaCodec::State {
  explicit State(Limits most)
      : limits(most),
        jobs(most.tasks * std::max(sizeof(EncodeJob), sizeof(DecodeJob))),
        decode_states(most.tasks * sizeof(DecodeState)),
        tile_counts(tiles_of(most) * sizeof(std::uint64_t)),
        digests(most.tasks * sizeof(DigestSums)),
        escapes((most.tasks + 1) * sizeof(std::uint64_t)),
        digest_scratch(digest_scratch_bytes(2 * most.elements)) {
    for (const DeviceBuffer* buffer : {&decode_states, &tile_counts, &digests, &escapes}) {
      check(cudaMemset(buffer->data(), 0, buffer->size()), "clear the codec's scratch");
    }
    check(cudaDeviceSynchronize(), "clear the codec's scratch");
    for (int type = 1; type <= 3; ++type) {
      with_type(ElementType(type), [&](auto constant) {
        prefer_shared_memory(finish_frames<constant()>);
        prefer_shared_memory(report_frames<constant()>);
        encode_blocks[type] = resident_blocks(encode_tiles<constant()>, kEncodeThreads,
                                              sizeof(EncodeShared<constant()>));
        decode_blocks[type] = resident_blocks(decode_tiles<constant()>, kDecodeThreads,
                                              sizeof(DecodeShared<constant()>));
      });
    }
  }

  /// What a launch needs to know of a call's tasks.
  template <typename Job>
  struct Call {
    Jobs<Job> jobs;
    ElementType type;
    std::uint32_t tiles;
    std::uint32_t most_tiles;  ///< of one task
  };

  template <typename Task>
  void require_call(std::span<const Task> tasks) const {
    require(tasks.size() <= limits.tasks, "more tasks in a call than the codec was made for");
    std::uint64_t elements = 0;
    for (const Task& task : tasks) {
      require_sound(task);
      require(type_of(task) == type_of(tasks[0]), "a call's tasks are of one element type");
      elements += elements_of(task);
    }
    require(elements <= limits.elements, "more elements in a call than the codec was made for");
  }

  /// Makes the tasks jobs, which go through the stream into device memory where they are many.
  template <typename Job, typename Task>
  Call<Job> prepare(std::span<const Task> tasks, cudaStream_t stream) {
    require_call(tasks);
    Call<Job> call{};
    call.type = type_of(tasks[0]);
    call.jobs.count = static_cast<std::uint32_t>(tasks.size());
    const bool few = tasks.size() <= Jobs<Job>::kInline;
    if (!few) call.jobs.installed = jobs.as<Job>();
    JobPage<Job> page;
    std::uint32_t filled = 0;
    for (std::uint32_t i = 0; i < tasks.size(); ++i) {
      (few ? call.jobs.few[i] : page.jobs[filled]) = job_for(tasks[i], call.tiles);
      call.tiles += tiles_of(tasks[i]);
      call.most_tiles = std::max(call.most_tiles, tiles_of(tasks[i]));
      if (few || (++filled < JobPage<Job>::kJobs && i + 1 < tasks.size())) continue;
      install_jobs<<<1, JobPage<Job>::kJobs, 0, stream>>>(page, filled,
                                                          jobs.as<Job>() + (i + 1 - filled));
      check_launch("install_jobs");
      filled = 0;
    }
    return call;
  }

  Limits limits;
  DeviceBuffer jobs;
  DeviceBuffer decode_states;
  DeviceBuffer tile_counts;
  DeviceBuffer digests;  ///< of the jobs
  DeviceBuffer escapes;  ///< of the jobs, then the ticket
  DeviceBuffer digest_scratch;
  bool overlaps = device_attribute(cudaDevAttrComputeCapabilityMajor) >= 9;  ///< launches
  std::uint32_t encode_blocks[4];                                            ///< by element type
  std::uint32_t decode_blocks[4];
};

CudaCodec::CudaCodec(Limits limits) : state_(std::make_unique<State>(limits)) {}
CudaCodec::~CudaCodec() = default;

void CudaCodec::encode(std::span<const EncodeTask> tasks, EncodedFrame* results, void* stream,
                       LaunchOptions options) {
  if (tasks.empty()) return;
  const auto queue = static_cast<cudaStream_t>(stream);
  const auto call = state_->prepare<EncodeJob>(tasks, queue);
  auto* const escapes = state_->escapes.as<std::uint64_t>();
  const EncodeScratch scratch{
      .tile_counts = state_->tile_counts.as<std::uint64_t>(),
      .digests = state_->digests.as<DigestSums>(),
      .escapes = escapes,
      .ticket = reinterpret_cast<std::uint32_t*>(escapes + state_->limits.tasks)};
  const std::uint32_t blocks =
      grid(state_->encode_blocks[static_cast<int>(call.type)], call.tiles, options);
  const std::uint32_t finishers =  // to a job; with one tile to each, frames are stored fast
      std::max(1u, std::min(blocks / call.jobs.count, call.most_tiles));
  with_type(call.type, [&](auto type) {
    if (blocks > 0) {
      encode_tiles<type()><<<blocks, kEncodeThreads, sizeof(EncodeShared<type()>), queue>>>(
          call.jobs, call.tiles, scratch);
      check_launch("encode_tiles");
    }
    launch_waiting(finish_frames<type()>,
                   {.blocks = dim3(call.jobs.count, finishers),
                    .threads = kFinishThreads,
                    .overlaps = state_->overlaps},
                   queue, call.jobs, scratch, results);
  });
}

void CudaCodec::decode(std::span<const DecodeTask> tasks, DecodeStatus* results, void* stream,
                       LaunchOptions options) {
  if (tasks.empty()) return;
  const auto queue = static_cast<cudaStream_t>(stream);
  const auto call = state_->prepare<DecodeJob>(tasks, queue);
  const std::uint32_t blocks =
      grid(state_->decode_blocks[static_cast<int>(call.type)], call.tiles, options);
  auto* const states = state_->decode_states.as<DecodeState>();
  constexpr std::uint32_t kReported = 8;  // by a block
  const LaunchShape reporters{.blocks = dim3((call.jobs.count + kReported - 1) / kReported),
                              .threads = 32 * kReported,
                              .overlaps = state_->overlaps};
  with_type(call.type, [&](auto type) {
    decode_tiles<type()><<<blocks, kDecodeThreads, sizeof(DecodeShared<type()>), queue>>>(
        call.jobs, call.tiles, states);
    check_launch("decode_tiles");
    launch_waiting(report_frames<type()>, reporters, queue, call.jobs, states, results);
  });
}

void CudaCodec::digest(std::span<const std::byte> bytes, std::uint64_t first_position,
                       std::uint64_t* result, void* stream) {
  require(aligned(bytes.data(), 8), "digest: the data is not aligned to 8 bytes");
  require(bytes.size() <= 2 * state_->limits.elements,
          "more bytes in a digest than the codec was made for");
  const WordMix words{
      .bytes = bytes.data(), .size = bytes.size(), .first_position = first_position};
  std::size_t scratch_bytes = state_->digest_scratch.size();
  check(sum_words(state_->digest_scratch.data(), scratch_bytes, words, result,
                  static_cast<cudaStream_t>(stream)),
        "launch the digest");
}

}  // namespace splitbench
