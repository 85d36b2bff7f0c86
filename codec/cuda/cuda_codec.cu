#include <algorithm>
#include <cub/device/device_reduce.cuh>
#include <stdexcept>
#include <string>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/iterator/transform_iterator.h>
#include <type_traits>

#include "codec/cuda/check.cuh"
#include "codec/cuda/cuda_codec.hpp"
#include "codec/cuda/decode.cuh"
#include "codec/cuda/encode.cuh"
#include "codec/cuda/finish.cuh"

namespace splitbench {
namespace {

/// A word's share of a digest, by the word's index.
struct WordMix {
  const std::byte* bytes;
  std::uint64_t size;
  std::uint64_t first_position;

  __device__ std::uint64_t operator()(std::uint64_t index) const {
    if (8 * index + 8 <= size) {
      return mix(reinterpret_cast<const std::uint64_t*>(bytes)[index], first_position + index);
    }
    std::uint64_t word = 0;
    for (std::uint64_t i = 8 * index; i < size; ++i)
      word |= static_cast<std::uint64_t>(bytes[i]) << 8 * (i % 8);
    return mix(word, first_position + index);
  }
};

cudaError_t sum_words(void* scratch, std::size_t& scratch_bytes, const WordMix& words,
                      std::uint64_t* result, cudaStream_t stream) {
  const auto shares =
      thrust::make_transform_iterator(thrust::make_counting_iterator(std::uint64_t{0}), words);
  const auto count = static_cast<std::int64_t>((words.size + 7) / 8);
  return cub::DeviceReduce::Sum(scratch, scratch_bytes, shares, result, count, stream);
}

std::size_t digest_scratch_bytes(std::uint64_t bytes) {
  std::size_t scratch_bytes = 0;
  const WordMix words{.bytes = nullptr, .size = bytes, .first_position = 0};
  check(sum_words(nullptr, scratch_bytes, words, nullptr, nullptr), "size the digest's scratch");
  return scratch_bytes;
}

void require(bool holds, const char* otherwise) {
  if (!holds) throw std::invalid_argument(otherwise);
}

bool aligned(const void* pointer, std::uintptr_t alignment) {
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

ElementType type_of(const EncodeTask& task) {
  return task.codebook.element_type;
}

ElementType type_of(const DecodeTask& task) {
  return task.element_type;
}

std::uint64_t elements_of(const EncodeTask& task) {
  return task.input.elements;
}

std::uint64_t elements_of(const DecodeTask& task) {
  return task.output.elements;
}

std::uint32_t tiles_of(const EncodeTask& task) {
  return static_cast<std::uint32_t>(tiles(task.input.elements));
}

std::uint32_t tiles_of(const DecodeTask& task) {
  return decode_tile_count(task.output.elements);
}

void require_sound(const EncodeTask& task) {
  require_memory(task.input);
  require(task.codebook.valid() ||
              (task.wanted == FrameKind::stored && known(task.codebook.element_type)),
          "the codebook is not strictly ascending, or not of its element type");
  require(task.output_capacity >= max_frame_bytes(type_of(task), task.input.elements),
          "no room for the longest frame");
  require(aligned(task.output, 16), "a frame is not aligned to 16 bytes");
}

void require_sound(const DecodeTask& task) {
  require_memory(task.output);
  require(known(task.element_type), "an element type that is not known");
  require(aligned(task.frame, 16), "a frame is not aligned to 16 bytes");
}

template <typename Byte>
GroupMemory<Byte> group_memory(const DeviceTensor<Byte>& tensor) {
  return {.data = tensor.data,
          .pages = tensor.pages,
          .groups_per_page = static_cast<std::uint32_t>(tensor.page_bytes / kGroupBytes)};
}

EncodeJob job_for(const EncodeTask& task, std::uint32_t first_tile) {
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
                .attempt = frame_kind(task.wanted, type_of(task), n, 0)};
  for (int plane = 0; plane < 3; ++plane) job.planes[plane] = task.output + layout.planes[plane];
  return job;
}

DecodeJob job_for(const DecodeTask& task, std::uint32_t first_tile) {
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
