#include <algorithm>
#include <type_traits>
#include <utility>
#include <vector>

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

/// The jobs of a call's tasks, as a launch takes them.
template <typename Job>
struct Call {
  Jobs<Job> jobs;
  std::uint32_t tiles;
  std::uint32_t most_tiles;  ///< tiles of the task that has most
};

/// Makes a job, make(i, first tile), of every task i for which takes(i) holds, and puts each where
/// it is to be, put(job, its number in the call).
template <typename Job, typename Task, typename Takes, typename Make, typename Put>
void describe(std::span<const Task> tasks, const Takes& takes, const Make& make, Call<Job>& call,
              const Put& put) {
  std::uint32_t made = 0;
  for (std::uint32_t i = 0; i < tasks.size(); ++i) {
    if (!takes(i)) continue;
    put(make(i, call.tiles), made++);
    call.tiles += tiles_of(tasks[i]);
    call.most_tiles = std::max(call.most_tiles, tiles_of(tasks[i]));
  }
}

/// The calls of a plan whose jobs are too many for a launch's parameters have them here.
template <typename Job>
struct PlannedCall {
  Call<Job> call{};
  DeviceBuffer jobs{0};

  template <typename Task, typename Takes, typename Make>
  PlannedCall(std::span<const Task> tasks, const Takes& takes, const Make& make) {
    std::vector<Job> all;
    describe(tasks, takes, make, call, [&](const Job& job, std::uint32_t) { all.push_back(job); });
    call.jobs.count = static_cast<std::uint32_t>(all.size());
    if (all.size() <= Jobs<Job>::kInline) {
      std::ranges::copy(all, call.jobs.few);
      return;
    }
    jobs = DeviceBuffer(all.size() * sizeof(Job));
    check(cudaMemcpy(jobs.data(), all.data(), jobs.size(), cudaMemcpyHostToDevice),
          "copy a plan's jobs");
    call.jobs.installed = jobs.as<Job>();
  }
};

}  // namespace

template <>
struct CodecPlan<EncodeTask>::State {
  ElementType type;
  PlannedCall<EncodeJob> splitzip;
  PlannedCall<RankedEncodeJob> ranked;
};

template <>
struct CodecPlan<DecodeTask>::State {
  ElementType type;
  ExpectedKinds expected;
  DecodeStatus* results;
  PlannedCall<DecodeJob> all;
};

template <typename Task>
CodecPlan<Task>::CodecPlan(std::unique_ptr<State> state) : state_(std::move(state)) {}
template <typename Task>
CodecPlan<Task>::CodecPlan(CodecPlan&&) noexcept = default;
template <typename Task>
CodecPlan<Task>& CodecPlan<Task>::operator=(CodecPlan&&) noexcept = default;
template <typename Task>
CodecPlan<Task>::~CodecPlan() = default;
template class CodecPlan<EncodeTask>;
template class CodecPlan<DecodeTask>;

struct CudaCodec::State {
  explicit State(Limits most)
      : limits(most),
        jobs(most.tasks *
             std::max({sizeof(EncodeJob), sizeof(RankedEncodeJob), sizeof(DecodeJob)})),
        decode_states(most.tasks * sizeof(DecodeState)),
        tile_counts(tiles_of(most) * sizeof(std::uint64_t)),
        digests(most.tasks * sizeof(DigestSums)),
        tails((most.tasks + 2) * sizeof(std::uint64_t)),
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
                                              kDecodeSlots * sizeof(DecodeSlot<constant()>));
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

  /// Makes the jobs of the tasks for which takes(i) holds. They go through the stream into device
  /// memory if they are too many for a launch's parameters.
  template <typename Job, typename Task, typename Takes, typename Make>
  Call<Job> prepare(std::span<const Task> tasks, const Takes& takes, const Make& make,
                    cudaStream_t stream) {
    Call<Job> call{};
    for (std::uint32_t i = 0; i < tasks.size(); ++i) call.jobs.count += takes(i);
    const bool few = call.jobs.count <= Jobs<Job>::kInline;
    if (!few) call.jobs.installed = jobs.as<Job>();
    JobPage<Job> page;
    std::uint32_t filled = 0;
    describe(tasks, takes, make, call, [&](const Job& job, std::uint32_t number) {
      (few ? call.jobs.few[number] : page.jobs[filled]) = job;
      if (few || (++filled < JobPage<Job>::kJobs && number + 1 < call.jobs.count)) return;
      install_jobs<<<1, JobPage<Job>::kJobs, 0, stream>>>(page, filled,
                                                          jobs.as<Job>() + (number + 1 - filled));
      check_launch("install_jobs");
      filled = 0;
    });
    return call;
  }

  EncodeScratch encode_scratch() const {
    auto* const words = tails.as<std::uint64_t>();
    return {.tile_counts = tile_counts.as<std::uint64_t>(),
            .digests = digests.as<DigestSums>(),
            .tails = words,
            .ticket = reinterpret_cast<std::uint32_t*>(words + limits.tasks)};
  }

  /// Returns the counts of tiles that a decoding call's two kernels have taken; zero between calls.
  std::uint32_t* decode_tickets() const {
    return reinterpret_cast<std::uint32_t*>(tails.as<std::uint64_t>() + limits.tasks + 1);
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
        launch_waiting(encode_tiles<constant()>,
                       {.blocks = dim3(blocks),
                        .threads = kEncodeThreads,
                        .shared_bytes = sizeof(EncodeShared<constant()>),
                        .overlaps = overlaps},
                       queue, call.jobs, call.tiles, encode_scratch());
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
      launch_waiting(encode_ranked_tiles<constant()>,
                     {.blocks = dim3(blocks),
                      .threads = kRankedEncodeThreads,
                      .shared_bytes = sizeof(RankedEncodeShared<constant()>),
                      .overlaps = overlaps},
                     queue, call.jobs, call.tiles, encode_scratch());
      launch_waiting(finish_ranked_frames<constant()>, finishers(call, blocks), queue, call.jobs,
                     encode_scratch());
    });
  }

  void decode(const Call<DecodeJob>& call, ElementType element_type, ExpectedKinds expected,
              DecodeStatus* results, cudaStream_t queue, LaunchOptions options) const {
    auto* const states = decode_states.as<DecodeState>();
    constexpr std::uint32_t kReported = 8;  // jobs that a block reports
    const LaunchShape reporters{.blocks = dim3((call.jobs.count + kReported - 1) / kReported),
                                .threads = 32 * kReported,
                                .overlaps = overlaps};
    with_type(element_type, [&](auto type) {
      if (expected.splitzip)
        launch_waiting(
            decode_tiles<type()>,
            {.blocks = dim3(grid(decode_blocks[static_cast<int>(type())], call.tiles, options)),
             .threads = kDecodeThreads,
             .shared_bytes = kDecodeSlots * sizeof(DecodeSlot<type()>),
             .overlaps = overlaps},
            queue, call.jobs, call.tiles, call.most_tiles, expected, states, decode_tickets());
      if (expected.ranked)
        launch_waiting(decode_ranked_tiles<type()>,
                       {.blocks = dim3(grid(ranked_decode_blocks[static_cast<int>(type())],
                                            call.tiles, options)),
                        .threads = kRankedDecodeThreads,
                        .shared_bytes = sizeof(RankedDecodeShared<type()>),
                        .overlaps = overlaps},
                       queue, call.jobs, call.tiles, expected, states, decode_tickets() + 1);
      launch_waiting(report_frames<type()>, reporters, queue, call.jobs, expected, states,
                     decode_tickets(), results);
    });
  }

  Limits limits;
  DeviceBuffer jobs;
  DeviceBuffer decode_states;
  DeviceBuffer tile_counts;
  DeviceBuffer digests;  ///< one for each job
  DeviceBuffer tails;  ///< length of each job's last section, then tickets to encode and to decode
  DeviceBuffer digest_scratch;
  bool overlaps = device_attribute(cudaDevAttrComputeCapabilityMajor) >= 9;  ///< LaunchShape's
  std::uint32_t encode_blocks[4];  ///< resident blocks, indexed by element type
  std::uint32_t decode_blocks[4];
  std::uint32_t ranked_encode_blocks[4];
  std::uint32_t ranked_decode_blocks[4];
};

CudaCodec::CudaCodec(Limits limits) : state_(std::make_unique<State>(limits)) {}
CudaCodec::~CudaCodec() = default;

namespace {

// Each returns the predicate of the tasks that a kernel takes, and what makes its job of one.

auto splitzip_jobs(std::span<const EncodeTask> tasks, EncodedFrame* results) {
  return std::pair([tasks](std::uint32_t i) { return !attempts_ranked(tasks[i]); },
                   [tasks, results](std::uint32_t i, std::uint32_t first_tile) {
                     return encode_job(tasks[i], results + i, first_tile);
                   });
}

auto ranked_jobs(std::span<const EncodeTask> tasks, EncodedFrame* results) {
  return std::pair([tasks](std::uint32_t i) { return attempts_ranked(tasks[i]); },
                   [tasks, results](std::uint32_t i, std::uint32_t first_tile) {
                     return ranked_encode_job(tasks[i], results + i, first_tile);
                   });
}

auto decode_jobs(std::span<const DecodeTask> tasks) {
  return std::pair([](std::uint32_t) { return true; },
                   [tasks](std::uint32_t i, std::uint32_t first_tile) {
                     return decode_job(tasks[i], first_tile);
                   });
}

}  // namespace

void CudaCodec::encode(std::span<const EncodeTask> tasks, EncodedFrame* results, void* stream,
                       LaunchOptions options) {
  if (tasks.empty()) return;
  state_->require_call(tasks);
  const ElementType type = type_of(tasks[0]);
  const auto queue = static_cast<cudaStream_t>(stream);
  const auto [plain, make_plain] = splitzip_jobs(tasks, results);
  const auto [ranked, make_ranked] = ranked_jobs(tasks, results);
  state_->encode(state_->prepare<EncodeJob>(tasks, plain, make_plain, queue), type, queue, options);
  state_->encode(state_->prepare<RankedEncodeJob>(tasks, ranked, make_ranked, queue), type, queue,
                 options);
}

void CudaCodec::decode(std::span<const DecodeTask> tasks, DecodeStatus* results, void* stream,
                       LaunchOptions options) {
  if (tasks.empty()) return;
  state_->require_call(tasks);
  const auto queue = static_cast<cudaStream_t>(stream);
  const auto [all, make] = decode_jobs(tasks);
  state_->decode(state_->prepare<DecodeJob>(tasks, all, make, queue), type_of(tasks[0]),
                 expected_kinds(tasks), results, queue, options);
}

EncodePlan CudaCodec::plan(std::span<const EncodeTask> tasks, EncodedFrame* results) {
  require(!tasks.empty(), "a plan of no tasks");
  state_->require_call(tasks);
  const auto [plain, make_plain] = splitzip_jobs(tasks, results);
  const auto [ranked, make_ranked] = ranked_jobs(tasks, results);
  return EncodePlan(std::make_unique<EncodePlan::State>(
      EncodePlan::State{.type = type_of(tasks[0]),
                        .splitzip = PlannedCall<EncodeJob>(tasks, plain, make_plain),
                        .ranked = PlannedCall<RankedEncodeJob>(tasks, ranked, make_ranked)}));
}

DecodePlan CudaCodec::plan(std::span<const DecodeTask> tasks, DecodeStatus* results) {
  require(!tasks.empty(), "a plan of no tasks");
  state_->require_call(tasks);
  const auto [all, make] = decode_jobs(tasks);
  return DecodePlan(std::make_unique<DecodePlan::State>(
      DecodePlan::State{.type = type_of(tasks[0]),
                        .expected = expected_kinds(tasks),
                        .results = results,
                        .all = PlannedCall<DecodeJob>(tasks, all, make)}));
}

void CudaCodec::encode(const EncodePlan& plan, void* stream, LaunchOptions options) {
  const auto queue = static_cast<cudaStream_t>(stream);
  state_->encode(plan.state_->splitzip.call, plan.state_->type, queue, options);
  state_->encode(plan.state_->ranked.call, plan.state_->type, queue, options);
}

void CudaCodec::decode(const DecodePlan& plan, void* stream, LaunchOptions options) {
  const DecodePlan::State& planned = *plan.state_;
  state_->decode(planned.all.call, planned.type, planned.expected, planned.results,
                 static_cast<cudaStream_t>(stream), options);
}

void CudaCodec::digest(std::span<const std::byte> bytes, std::uint64_t first_position,
                       std::uint64_t* result, void* stream) {
  require(aligned(bytes.data(), 8), "digest: the data is not aligned to 8 bytes");
  require(bytes.size() <= 2 * state_->limits.elements,
          "more bytes in a digest than the codec was made for");
  const DigestShare words{
      .bytes = bytes.data(), .size = bytes.size(), .first_position = first_position};
  std::size_t scratch_bytes = state_->digest_scratch.size();
  check(sum_words(state_->digest_scratch.data(), scratch_bytes, words, result,
                  static_cast<cudaStream_t>(stream)),
        "launch the digest");
}

}  // namespace splitbench
