#include <algorithm>
#include <type_traits>

#include "codec/cuda/cuda_codec.hpp"
#include "codec/cuda/device.cuh"
#include "codec/cuda/finish.cuh"
#include "codec/cuda/launch.cuh"
#include "codec/cuda/ranked/ranked_decode.cuh"
#include "codec/cuda/ranked/ranked_encode.cuh"
#include "codec/cuda/ranked/ranked_finish.cuh"
#include "codec/cuda/splitzip/decode.cuh"
#include "codec/cuda/splitzip/encode.cuh"
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

std::uint64_t tiles_of(const CudaCodec::Limits& limits) {
  return tiles(limits.elements) + limits.tasks;  // every tensor may end within a tile
}

}  // namespace

struct CudaCodec::State {
  explicit State(Limits most)
      : limits(most),
        jobs(most.tasks *
             std::max({sizeof(EncodeJob), sizeof(RankedEncodeJob), sizeof(DecodeJob)})),
        decode_states(most.tasks * sizeof(DecodeState)),
        tile_counts(tiles_of(most) * sizeof(std::uint64_t)),
        digests(most.tasks * sizeof(DigestSums)),
        tails((most.tasks + 1) * sizeof(std::uint64_t)),
        digest_scratch(digest_scratch_bytes(2 * most.elements)) {
    for (const DeviceBuffer* buffer : {&decode_states, &tile_counts, &digests, &tails}) {
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
        prefer_shared_memory(finish_ranked_frames<constant()>);
        ranked_encode_blocks[type] =
            resident_blocks(encode_ranked_tiles<constant()>, kRankedEncodeThreads,
                            sizeof(RankedEncodeShared<constant()>));
        ranked_decode_blocks[type] =
            resident_blocks(decode_ranked_tiles<constant()>, kRankedDecodeThreads,
                            sizeof(RankedDecodeShared<constant()>));
      });
    }
  }

  /// The jobs of a call's tasks, as a launch takes them.
  template <typename Job>
  struct Call {
    Jobs<Job> jobs;
    std::uint32_t tiles;
    std::uint32_t most_tiles;  ///< tiles of the task that has most
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

  /// Makes a job, make(i, first tile), of every task i for which takes(i) holds. Jobs go through
  /// the stream into device memory if they are too many for a launch's parameters.
  template <typename Job, typename Task, typename Takes, typename Make>
  Call<Job> prepare(std::span<const Task> tasks, const Takes& takes, const Make& make,
                    cudaStream_t stream) {
    Call<Job> call{};
    for (std::uint32_t i = 0; i < tasks.size(); ++i) call.jobs.count += takes(i);
    const bool few = call.jobs.count <= Jobs<Job>::kInline;
    if (!few) call.jobs.installed = jobs.as<Job>();
    JobPage<Job> page;
    std::uint32_t filled = 0, made = 0;
    for (std::uint32_t i = 0; i < tasks.size(); ++i) {
      if (!takes(i)) continue;
      (few ? call.jobs.few[made] : page.jobs[filled]) = make(i, call.tiles);
      ++made;
      call.tiles += tiles_of(tasks[i]);
      call.most_tiles = std::max(call.most_tiles, tiles_of(tasks[i]));
      if (few || (++filled < JobPage<Job>::kJobs && made < call.jobs.count)) continue;
      install_jobs<<<1, JobPage<Job>::kJobs, 0, stream>>>(page, filled,
                                                          jobs.as<Job>() + (made - filled));
      check_launch("install_jobs");
      filled = 0;
    }
    return call;
  }

  EncodeScratch encode_scratch() const {
    auto* const words = tails.as<std::uint64_t>();
    return {.tile_counts = tile_counts.as<std::uint64_t>(),
            .digests = digests.as<DigestSums>(),
            .tails = words,
            .ticket = reinterpret_cast<std::uint32_t*>(words + limits.tasks)};
  }

  /// Returns the shape of the launch that finishes a call's frames: with up to one block for each
  /// tile, frames are stored fast.
  template <typename Job>
  LaunchShape finishers(const Call<Job>& call, std::uint32_t blocks) const {
    const std::uint32_t each = std::max(1u, std::min(blocks / call.jobs.count, call.most_tiles));
    return {.blocks = dim3(call.jobs.count, each), .threads = kFinishThreads, .overlaps = overlaps};
  }

  void encode(const Call<EncodeJob>& call, ElementType type, cudaStream_t queue,
              LaunchOptions options) const {
    if (call.jobs.count == 0) return;
    const std::uint32_t blocks = grid(encode_blocks[static_cast<int>(type)], call.tiles, options);
    with_type(type, [&](auto constant) {
      if (blocks > 0) {
        encode_tiles<constant()>
            <<<blocks, kEncodeThreads, sizeof(EncodeShared<constant()>), queue>>>(
                call.jobs, call.tiles, encode_scratch());
        check_launch("encode_tiles");
      }
      launch_waiting(finish_frames<constant()>, finishers(call, blocks), queue, call.jobs,
                     encode_scratch());
    });
  }

  void encode(const Call<RankedEncodeJob>& call, ElementType type, cudaStream_t queue,
              LaunchOptions options) const {
    if (call.jobs.count == 0) return;
    const std::uint32_t blocks =
        grid(ranked_encode_blocks[static_cast<int>(type)], call.tiles, options);
    with_type(type, [&](auto constant) {
      encode_ranked_tiles<constant()>
          <<<blocks, kRankedEncodeThreads, sizeof(RankedEncodeShared<constant()>), queue>>>(
              call.jobs, call.tiles, encode_scratch());
      check_launch("encode_ranked_tiles");
      launch_waiting(finish_ranked_frames<constant()>, finishers(call, blocks), queue, call.jobs,
                     encode_scratch());
    });
  }

  Limits limits;
  DeviceBuffer jobs;
  DeviceBuffer decode_states;
  DeviceBuffer tile_counts;
  DeviceBuffer digests;  ///< one for each job
  DeviceBuffer tails;    ///< length of each job's last section, then the ticket
  DeviceBuffer digest_scratch;
  bool overlaps = device_attribute(cudaDevAttrComputeCapabilityMajor) >= 9;  ///< LaunchShape's
  std::uint32_t encode_blocks[4];  ///< resident blocks, indexed by element type
  std::uint32_t decode_blocks[4];
  std::uint32_t ranked_encode_blocks[4];
  std::uint32_t ranked_decode_blocks[4];
};

CudaCodec::CudaCodec(Limits limits) : state_(std::make_unique<State>(limits)) {}
CudaCodec::~CudaCodec() = default;

void CudaCodec::encode(std::span<const EncodeTask> tasks, EncodedFrame* results, void* stream,
                       LaunchOptions options) {
  if (tasks.empty()) return;
  state_->require_call(tasks);
  const ElementType type = type_of(tasks[0]);
  const auto queue = static_cast<cudaStream_t>(stream);
  const auto ranked = [&](std::uint32_t i) { return attempts_ranked(tasks[i]); };
  const auto others = [&](std::uint32_t i) { return !attempts_ranked(tasks[i]); };
  const auto job = [&](std::uint32_t i, std::uint32_t first_tile) {
    return encode_job(tasks[i], results + i, first_tile);
  };
  const auto ranked_job = [&](std::uint32_t i, std::uint32_t first_tile) {
    return ranked_encode_job(tasks[i], results + i, first_tile);
  };
  state_->encode(state_->prepare<EncodeJob>(tasks, others, job, queue), type, queue, options);
  state_->encode(state_->prepare<RankedEncodeJob>(tasks, ranked, ranked_job, queue), type, queue,
                 options);
}

void CudaCodec::decode(std::span<const DecodeTask> tasks, DecodeStatus* results, void* stream,
                       LaunchOptions options) {
  if (tasks.empty()) return;
  state_->require_call(tasks);
  const ElementType element_type = type_of(tasks[0]);
  const auto queue = static_cast<cudaStream_t>(stream);
  const auto all = [](std::uint32_t) { return true; };
  const auto job = [&](std::uint32_t i, std::uint32_t first_tile) {
    return decode_job(tasks[i], first_tile);
  };
  const auto call = state_->prepare<DecodeJob>(tasks, all, job, queue);
  const ExpectedKinds expected = expected_kinds(tasks);
  auto* const states = state_->decode_states.as<DecodeState>();
  constexpr std::uint32_t kReported = 8;  // jobs that a block reports
  const LaunchShape reporters{.blocks = dim3((call.jobs.count + kReported - 1) / kReported),
                              .threads = 32 * kReported,
                              .overlaps = state_->overlaps};
  with_type(element_type, [&](auto type) {
    if (expected.splitzip) {
      const std::uint32_t blocks =
          grid(state_->decode_blocks[static_cast<int>(type())], call.tiles, options);
      decode_tiles<type()><<<blocks, kDecodeThreads, sizeof(DecodeShared<type()>), queue>>>(
          call.jobs, call.tiles, expected, states);
      check_launch("decode_tiles");
    }
    if (expected.ranked) {
      const std::uint32_t blocks =
          grid(state_->ranked_decode_blocks[static_cast<int>(type())], call.tiles, options);
      launch_waiting(decode_ranked_tiles<type()>,
                     {.blocks = dim3(blocks),
                      .threads = kRankedDecodeThreads,
                      .shared_bytes = sizeof(RankedDecodeShared<type()>),
                      .overlaps = state_->overlaps && expected.splitzip},
                     queue, call.jobs, call.tiles, expected, states);
    }
    launch_waiting(report_frames<type()>, reporters, queue, call.jobs, expected, states, results);
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
