#include <algorithm>
#include <cub/device/device_reduce.cuh>
#include <stdexcept>
#include <string>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/iterator/transform_iterator.h>

#include "codec/cuda/check.cuh"
#include "codec/cuda/cuda_codec.hpp"
#include "codec/cuda/decode.cuh"
#include "codec/cuda/encode.cuh"

namespace splitbench {
namespace {

/// Jobs travel as a launch's parameters, which hold 4 KiB: so a call needs no staging memory that
/// the next call would have to wait for.
template <typename Job>
struct Page {
  static constexpr std::uint32_t kJobs = 64;
  Job jobs[kJobs];
};

template <typename Job>
__global__ void install_jobs(const __grid_constant__ Page<Job> page, std::uint32_t count,
                             Job* jobs) {
  static_assert(sizeof page + 16 <= 4096);
  if (threadIdx.x < count) jobs[threadIdx.x] = page.jobs[threadIdx.x];
}

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

EncodeJob job_for(const EncodeTask& task, std::uint32_t first_tile) {
  require(task.elements <= kMaxElements, "a frame holds at most 2^34 elements");
  require(task.output_capacity >= max_frame_bytes(task.elements), "no room for the longest frame");
  require(task.codebook.valid() || task.wanted == FrameKind::stored,
          "the codebook is not strictly ascending");
  require(aligned(task.input, 16) && aligned(task.output, 16),
          "encode: a pointer is not aligned to 16 bytes");
  return {.input = task.input,
          .elements = task.elements,
          .output = task.output,
          .codebook = task.codebook,
          .first_tile = first_tile,
          .attempt = frame_kind(task.wanted, task.elements, 0)};
}

DecodeJob job_for(const DecodeTask& task, std::uint32_t first_tile) {
  require(task.elements <= kMaxElements, "a frame holds at most 2^34 elements");
  require(aligned(task.frame, 16) && aligned(task.output, 16),
          "decode: a pointer is not aligned to 16 bytes");
  return {.frame = task.frame,
          .frame_bytes = task.frame_bytes,
          .output = task.output,
          .elements = task.elements,
          .first_tile = first_tile};
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
        zeroed((tiles_of(most) + most.tasks + 1) * sizeof(std::uint64_t)),
        digest_scratch(digest_scratch_bytes(2 * most.elements)) {}

  /// Puts the tasks into the stream as jobs, and returns how many tiles they have.
  template <typename Job, typename Task>
  std::uint32_t install(std::span<const Task> tasks, cudaStream_t stream) {
    require(tasks.size() <= limits.tasks, "more tasks in a call than the codec was made for");
    std::uint64_t elements = 0;
    std::uint32_t tile = 0;
    Page<Job> page;
    for (std::size_t done = 0; done < tasks.size();) {
      const auto count =
          static_cast<std::uint32_t>(std::min<std::size_t>(tasks.size() - done, Page<Job>::kJobs));
      for (std::uint32_t i = 0; i < count; ++i) {
        const Task& task = tasks[done + i];
        page.jobs[i] = job_for(task, tile);
        elements += task.elements;
        require(elements <= limits.elements, "more elements in a call than the codec was made for");
        tile += static_cast<std::uint32_t>(tiles(task.elements));
      }
      install_jobs<<<1, Page<Job>::kJobs, 0, stream>>>(page, count, jobs.as<Job>() + done);
      check_launch("install_jobs");
      done += count;
    }
    return tile;
  }

  Limits limits;
  DeviceBuffer jobs;
  DeviceBuffer decode_states;
  DeviceBuffer
      zeroed;  ///< what an encode starts with at zero: words for tiles, for jobs, and the ticket
  DeviceBuffer digest_scratch;
};

CudaCodec::CudaCodec(Limits limits) : state_(std::make_unique<State>(limits)) {}
CudaCodec::~CudaCodec() = default;

void CudaCodec::encode(std::span<const EncodeTask> tasks, EncodedFrame* results, void* stream) {
  if (tasks.empty()) return;
  const auto queue = static_cast<cudaStream_t>(stream);
  const auto count = static_cast<std::uint32_t>(tasks.size());
  const std::uint32_t tile_count = state_->install<EncodeJob>(tasks, queue);
  const auto* const jobs = state_->jobs.as<EncodeJob>();
  const TileCounts counts{state_->zeroed.as<std::uint64_t>()};
  std::uint64_t* const sums = counts.words + tile_count;
  auto* const ticket = reinterpret_cast<std::uint32_t*>(sums + count);
  check(cudaMemsetAsync(counts.words, 0, (tile_count + count + 1) * sizeof(std::uint64_t), queue),
        "clear the encoder's scratch");
  if (tile_count > 0) {
    encode_tiles<<<tile_count, kThreads, 0, queue>>>(jobs, count, counts, sums, ticket);
    check_launch("encode_tiles");
  }
  constexpr std::uint32_t kBlocks =
      512;  // enough to fill a device where frames are stored after all
  finish_frames<<<dim3(count, std::max(1u, kBlocks / count)), kThreads, 0, queue>>>(jobs, counts,
                                                                                    sums, results);
  check_launch("finish_frames");
}

void CudaCodec::decode(std::span<const DecodeTask> tasks, DecodeStatus* results, void* stream) {
  if (tasks.empty()) return;
  const auto queue = static_cast<cudaStream_t>(stream);
  const auto count = static_cast<std::uint32_t>(tasks.size());
  const std::uint32_t tile_count = state_->install<DecodeJob>(tasks, queue);
  const auto* const jobs = state_->jobs.as<DecodeJob>();
  auto* const states = state_->decode_states.as<DecodeState>();
  check_frames<<<count, 64, 0, queue>>>(jobs, states);
  check_launch("check_frames");
  if (tile_count > 0) {
    decode_tiles<<<tile_count, kThreads, 0, queue>>>(jobs, count, states);
    check_launch("decode_tiles");
  }
  report_frames<<<(count + 63) / 64, 64, 0, queue>>>(states, count, results);
  check_launch("report_frames");
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
