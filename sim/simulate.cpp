#include "sim/simulate.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <unistd.h>
#include <utility>

#include "codec/cuda/device.hpp"
#include "codec/unavailable.hpp"
#include "configs/quantity.hpp"
#include "sim/arena.hpp"
#include "sim/invariants.hpp"
#include "sim/real_run.hpp"
#include "sim/virtual_run.hpp"
#include "workers/kv_source.hpp"
#include "workers/pipeline.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

constexpr std::uint64_t kBytesPerElement = 2;

std::uint64_t largest_job(const Scenario& scenario, std::span<const Request> trace) {
  const std::size_t batch = scenario.workload.batch_size;
  std::uint64_t largest = 0, tokens = 0;
  for (std::size_t i = 0; i < trace.size(); ++i) {
    tokens += trace[i].prompt_tokens;
    if (i >= batch) tokens -= trace[i - batch].prompt_tokens;
    largest = std::max(largest, tokens);
  }
  return Arena::rounded(largest * scenario.model.elements_per_token() * kBytesPerElement);
}

BackendKind backend_of(const Scenario& scenario) {
  if (scenario.backend == BackendKind::cuda && !cuda_available())
    throw Unavailable(
        "backend: cuda, but this program or this machine has none; use backend: cpu or auto");
  if (scenario.backend == BackendKind::automatic)
    return cuda_available() ? BackendKind::cuda : BackendKind::cpu;
  return scenario.backend;
}

void check_host_memory(const Scenario& scenario) {
  const std::uint64_t wanted =
      scenario.workers.prefill * (scenario.prefill_memory + scenario.staging) +
      scenario.workers.decode * (scenario.decode_memory + scenario.staging);
  const auto present = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                       static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  if (wanted > present / 10 * 9)
    throw InputError(fmt::format(
        "the workers' memory of {} does not fit this machine's {}: lower workload.context, "
        "workload.length_scale or workload.batch_size, or set prefill_memory and decode_memory",
        format_bytes(wanted), format_bytes(present)));
}

/// A run that goes on after faults has failed all the same if it lost requests.
void name_lost_requests(Simulation& result) {
  if (!result.failure.empty()) return;
  for (const RunRecord& run : result.runs)
    for (const Timeline& t : run.timelines)
      if (t.status == Status::failed || t.status == Status::unfinished) {
        result.failure = fmt::format("request {} of arm {}, repeat {}, was lost: {}", t.request.id,
                                     run.arm, run.repeat, t.failure);
        return;
      }
}

}  // namespace

Scenario size_memory(Scenario scenario, std::span<const Request> trace) {
  const std::uint64_t largest = largest_job(scenario, trace);
  if (scenario.prefill_memory == 0) scenario.prefill_memory = 2 * largest;
  if (scenario.decode_memory == 0) scenario.decode_memory = 4 * largest;
  for (const auto& [key, bytes] : {std::pair{"prefill_memory", scenario.prefill_memory},
                                   std::pair{"decode_memory", scenario.decode_memory}})
    if (bytes < largest)
      throw InputError(fmt::format("{}: {} does not hold the KV of the largest job, {}", key,
                                   format_bytes(bytes), format_bytes(largest)));
  if (plan_staging(scenario.staging).slots < scenario.workers.prefill)
    throw InputError(fmt::format("staging: {} has fewer slots than there are prefill workers",
                                 format_bytes(scenario.staging)));
  return scenario;
}

Pipeline pipeline_of(const Scenario& scenario) {
  return {.model = scenario.model,
          .overlap = scenario.pipeline,
          .granularity = scenario.granularity,
          .layer_group = scenario.layer_group,
          .staging = scenario.staging,
          .verify = scenario.verify};
}

Simulation simulate(const Scenario& scenario, std::span<const Request> trace,
                    const std::function<void(const std::string&)>& progress) {
  const Pipeline pipeline = pipeline_of(scenario);
  Simulation result;
  const auto each_run = [&](auto&& prepare_round, auto&& run) {
    for (std::uint32_t repeat = 0; repeat < scenario.repeats; ++repeat) {
      if (!prepare_round()) return;
      for (const Arm arm : scenario.arms) {
        progress(fmt::format("repeat {} of {}, {}", repeat + 1, scenario.repeats,
                             kArmNames[static_cast<std::size_t>(arm)]));
        run(arm, static_cast<int>(repeat));
        check_invariants(result.runs.back());
        result.failure = result.runs.back().failure;
        if (!result.failure.empty()) return;
      }
    }
  };

  if (scenario.time == TimeKind::virtual_time) {
    const KvSource source = KvSource::load(scenario.kv, scenario.model, scenario.seed);
    result.backend = scenario.hardware.name;
    each_run([] { return true; },
             [&](Arm arm, int repeat) {
               result.runs.push_back(run_virtually(scenario, pipeline, source, trace, arm, repeat));
             });
    name_lost_requests(result);
    return result;
  }

  const BackendKind backend = backend_of(scenario);
  if (backend == BackendKind::cpu) check_host_memory(scenario);
  result.backend = backend == BackendKind::cuda ? "cuda" : "cpu";
  progress("starting the workers");
  RealRuns runs(scenario, pipeline, backend, trace);
  result.gpu_shared = runs.gpu_shared();
  result.congestion_control = runs.congestion_control();
  each_run([&] { return runs.probe(result); },
           [&](Arm arm, int repeat) { return runs.run(arm, repeat, result); });
  if (result.failure.empty()) runs.check(result);
  name_lost_requests(result);
  return result;
}

}  // namespace splitbench
