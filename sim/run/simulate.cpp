#include "sim/run/simulate.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <tuple>
#include <utility>

#include "codec/cuda/device.hpp"
#include "codec/errors.hpp"
#include "configs/reader/quantity.hpp"
#include "sim/run/dispatch/fleet.hpp"
#include "sim/run/dispatch/invariants.hpp"
#include "sim/run/dispatch/placement.hpp"
#include "sim/run/ideal_sizes.hpp"
#include "sim/run/known_kv_source.hpp"
#include "sim/run/real/gpus.hpp"
#include "sim/run/real/real_run.hpp"
#include "sim/run/virtual/virtual_run.hpp"
#include "workers/kv/kv_source.hpp"
#include "workers/plan/staging.hpp"
#include "workloads/input_error.hpp"
#include "workloads/machine_memory.hpp"

namespace splitbench {
namespace {

std::uint64_t largest_job(const Scenario& scenario, std::span<const Request> trace) {
  const std::size_t batch = scenario.workload.batch_size;
  std::uint64_t largest = 0, bytes = 0;
  const auto bytes_of = [&](std::size_t request) {
    return scenario.pipeline.memory_of(trace[request].prompt_tokens);
  };
  for (std::size_t i = 0; i < trace.size(); ++i) {
    bytes += bytes_of(i);
    if (i >= batch) bytes -= bytes_of(i - batch);
    largest = std::max(largest, bytes);
  }
  return Arena::rounded(largest);
}

BackendKind backend_of(const Scenario& scenario) {
  if (scenario.backend == BackendKind::cuda && !cuda_available())
    throw Unavailable(
        "backend: cuda, but this program or this machine has none; use backend: cpu or auto");
  return is_on_cuda(scenario) ? BackendKind::cuda : BackendKind::cpu;
}

void refuse_load_of_gpu(const Scenario& scenario) {
  if (scenario.compute == ComputeKind::gemm)
    throw InputError(
        "compute: gemm is work for a GPU, and this run's backend is cpu; use compute: timed, or "
        "time: virtual");
}

void refuse_load_of_prefixes(const Scenario& scenario, std::span<const Request> trace) {
  const bool shared = std::ranges::any_of(
      trace, [](const Request& request) { return request.prefix_of != kNoRequest; });
  if (scenario.compute == ComputeKind::gemm && scenario.prefix_cache && shared)
    throw InputError(
        "compute: gemm computes whole prompts, and this workload's share prefixes; use compute: "
        "timed, or prefix_cache: off");
}

/// Throws InputError for an arm that does not work on this backend, which is known only now if the
/// scenario leaves the backend to the machine.
void refuse_baselines_of_other_device(const Scenario& scenario, BackendKind backend) {
  for (const Arm arm : scenario.arms)
    if (!works_on(arm, backend == BackendKind::cpu ? CodecDevice::cpu : CodecDevice::cuda,
                  scenario.codecs))
      throw InputError(fmt::format("arm '{}' works on {}, and this run's backend is {}",
                                   name_of(arm, scenario.codecs),
                                   backend == BackendKind::cpu ? "a GPU" : "the CPU",
                                   backend == BackendKind::cpu ? "cpu" : "cuda; use backend: cpu"));
}

/// Throws Unavailable if the transport needs devices that reach each other's memory, and these do
/// not.
void check_devices_of_transport(const Scenario& scenario, BackendKind backend) {
  const TransportTraits& transport = traits_of(scenario.transport);
  if (!transport.device_memory) return;
  if (backend != BackendKind::cuda)
    throw Unavailable(
        fmt::format("transport: {} is between GPUs, and this program or this machine has none",
                    transport.name));
  for (const auto& [from, to] : device_pairs(scenario))
    if (!device_reaches(from, to))
      throw Unavailable(
          fmt::format("transport: {} needs devices that reach each other's "
                      "memory, and device {} does not reach device {}",
                      transport.name, from, to));
}

void check_host_memory(const Scenario& scenario) {
  const std::uint64_t of_a_shard =
      scenario.workers.prefill * (scenario.prefill_memory + scenario.pipeline.staging) +
      scenario.workers.decode * (scenario.decode_memory + scenario.pipeline.staging) +
      shared_staging_bytes(scenario.transport, scenario.pipeline.staging_plan(),
                           scenario.workers.prefill, scenario.workers.decode);
  const std::uint64_t wanted = scenario.pipeline.shards.count * of_a_shard;
  const std::uint64_t present = machine_memory();
  if (wanted > present / 10 * 9)
    throw InputError(fmt::format(
        "the workers' memory of {} does not fit this machine's {}: lower workload.context, "
        "workload.length_scale or workload.batch_size, or set prefill_memory and decode_memory",
        format_bytes(wanted), format_bytes(present)));
}

/// Throws InputError unless a token's bytes are whole words in each tensor: a GPU's digest reads
/// whole words, and a batch's requests may begin at any token.
void check_rows(const Scenario& scenario) {
  if (scenario.workload.batch_size == 1) return;
  const Pipeline& pipeline = scenario.pipeline;
  for (const CacheTensor& tensor : pipeline.model.tensors(pipeline.element_type)) {
    const std::uint64_t row = pipeline.bytes_of(tensor.width);
    if (row % 8 == 0) continue;
    throw InputError(fmt::format(
        "kv_dtype {}: a token of model {} has {} bytes in a tensor, and in batches on a GPU they "
        "must be a multiple of 8; use workload.batch_size: 1 or backend: cpu",
        name(pipeline.element_type), pipeline.model.name, row));
  }
}

/// Returns a text on the first request that the run lost, or an empty one: a run that goes on after
/// faults has failed all the same if it lost requests.
std::string loss_in(const RunRecord& run) {
  for (const Timeline& t : run.timelines)
    if (t.status == Status::failed || t.status == Status::unfinished)
      return fmt::format("request {} of arm {}, repeat {}, was lost: {}", t.request.id, run.arm,
                         run.repeat, t.failure);
  return "";
}

/// Returns a failure of a run, with the library whose code ran in the workers if the arm's codec
/// came from one: whatever it did may be behind the failure.
std::string with_library(std::string failure, Arm arm, const Scenario& scenario) {
  const auto index = arm.added();
  if (failure.empty() || !index || scenario.time != TimeKind::real) return failure;
  const AddedCodec& codec = scenario.codecs[*index];
  return fmt::format("{}, while arm '{}' ran codec library {}", failure, codec.name,
                     codec.library.string());
}

/// Throws InputError if a run in real time would have more workers than processes can be started.
void require_processes(const Scenario& scenario) {
  if (scenario.time != TimeKind::real) return;
  for (const auto& [key, count] : {std::pair{"prefill", scenario.workers.prefill},
                                   std::pair{"decode", scenario.workers.decode}})
    if (const std::uint32_t processes = count * scenario.pipeline.shards.count;
        processes > kMostRealWorkers)
      throw InputError(fmt::format(
          "workers.{}: {} processes{} are too many for a run in real time, which has "
          "at most {}; --time virtual has no such limit",
          key, processes,
          processes > count ? fmt::format(", {} shards of each worker by prefill_tp and "
                                          "decode_tp,",
                                          scenario.pipeline.shards.count)
                            : "",
          kMostRealWorkers));
}

}  // namespace

Scenario size_memory(Scenario scenario, const Load& load) {
  Pipeline& pipeline = scenario.pipeline;
  const bool on_host = scenario.time == TimeKind::real ? backend_of(scenario) == BackendKind::cpu
                                                       : scenario.backend == BackendKind::cpu;
  require_processes(scenario);
  if (pipeline.staging == 0) {
    pipeline.staging = default_staging(on_host);
    while (pipeline.staging_plan().slots < scenario.workers.prefill) pipeline.staging *= 2;
  }
  std::uint64_t largest = 0;
  for (const std::vector<Request>& trace : load.traces)
    largest = std::max(largest, largest_job(scenario, trace));
  if (scenario.prefill_memory == 0) scenario.prefill_memory = 2 * largest;
  if (scenario.decode_memory == 0) scenario.decode_memory = 4 * largest;
  const Shards& shards = pipeline.shards;
  for (const auto& [key, bytes, of_a_rank] :
       {std::tuple{"prefill_memory", scenario.prefill_memory, shards.of_prefill_rank},
        std::tuple{"decode_memory", scenario.decode_memory, shards.of_decode_rank}})
    if (bytes < largest)
      throw InputError(fmt::format("{}: {} does not hold {} the largest job, {}", key,
                                   format_bytes(bytes * of_a_rank),
                                   shards.count > 1 ? "what a rank has of" : "the KV of",
                                   format_bytes(largest * of_a_rank)));
  if (pipeline.staging_plan().slots < scenario.workers.prefill)
    throw InputError(fmt::format("staging: {} has fewer slots than there are prefill workers",
                                 format_bytes(pipeline.staging)));
  return scenario;
}

Simulation simulate(const Scenario& scenario, const Load& load,
                    const SimulationListener& listener) {
  const Pipeline& pipeline = scenario.pipeline;
  const bool drifts = scenario.drift.kind != DriftKind::none;
  Simulation result;
  std::string loss;
  std::shared_ptr<const KvSource> source;
  std::optional<IdealSizes> ideal;
  if (needs_kv_source(scenario)) source = known_kv_source(scenario);
  if (drifts) ideal.emplace(pipeline, *source);
  const std::uint32_t repeats = repeats_of(scenario, load);
  const auto each_run = [&](auto&& prepare_round, auto&& run) {
    for (std::uint32_t repeat = 0; repeat < repeats; ++repeat) {
      prepare_round();
      for (const Arm arm : scenario.arms) {
        listener.progress(
            fmt::format("repeat {} of {}, {}", repeat + 1, repeats, name_of(arm, scenario.codecs)));
        RunRecord record = run(arm, repeat);
        check_invariants(record);
        if (ideal) ideal->write(record.timelines);
        listener.finished(record);
        if (loss.empty()) loss = with_library(loss_in(record), arm, scenario);
        result.failure = with_library(record.failure, arm, scenario);
        if (!result.failure.empty()) return;
      }
    }
  };

  if (scenario.time == TimeKind::virtual_time) {
    result.backend = scenario.hardware.name;
    each_run([] {},
             [&](Arm arm, std::uint32_t repeat) {
               return run_virtually(of_repeat(scenario, repeat), source.get(), load.of(repeat), arm,
                                    static_cast<int>(repeat));
             });
    if (result.failure.empty()) result.failure = loss;
    return result;
  }

  const BackendKind backend = backend_of(scenario);
  if (backend == BackendKind::cpu) {
    refuse_load_of_gpu(scenario);
    check_host_memory(scenario);
  } else {
    check_rows(scenario);
  }
  for (const std::vector<Request>& trace : load.traces) refuse_load_of_prefixes(scenario, trace);
  refuse_baselines_of_other_device(scenario, backend);
  check_devices_of_transport(scenario, backend);
  result.backend = backend == BackendKind::cuda ? "cuda" : "cpu";
  listener.progress("starting the workers");
  RealRuns runs(scenario, backend, load);
  result.gpu_shared = runs.gpu_shared();
  result.congestion_control = runs.congestion_control();
  try {
    each_run([&] { runs.measure_speeds(); },
             [&](Arm arm, std::uint32_t repeat) {
               RealRun run = runs.run(arm, repeat);
               result.verify_times.insert(result.verify_times.end(), run.verify_times.begin(),
                                          run.verify_times.end());
               return std::move(run.record);
             });
    if (result.failure.empty()) result.checks = runs.checks();
  } catch (const WorkerLost& lost) {
    result.failure = std::string(lost.what()) + ", between the runs";
  }
  if (result.failure.empty()) result.failure = loss;
  return result;
}

}  // namespace splitbench
