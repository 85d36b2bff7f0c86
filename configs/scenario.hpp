#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "codec/element.hpp"
#include "network/link/link.hpp"
#include "workers/kv/drift.hpp"
#include "workers/kv/kv_profile.hpp"
#include "workers/plan/hardware.hpp"
#include "workers/plan/model.hpp"
#include "workers/plan/pipeline.hpp"
#include "workers/plan/settings.hpp"
#include "workers/plan/transport_traits.hpp"
#include "workloads/generators/workload.hpp"
#include "workloads/request.hpp"

namespace splitbench {

enum class TimeKind { real, virtual_time };
enum class Dispatch { round_robin, least_loaded, session_affinity };
enum class TransferKind { full, missing_blocks };
enum class OnFault { fail_fast, retry };
enum class TimelineOutput { automatic, first, off };

struct SloSpec {
  std::optional<Time> ttft, tpot, e2el;
};

/// The most workers of a kind for which a run in real time starts processes.
inline constexpr std::uint32_t kMostRealWorkers = 64;

struct WorkerCounts {
  std::uint32_t prefill = 1;
  std::uint32_t decode = 1;
  /// Ranks of tensor parallelism of each worker.
  std::uint32_t prefill_tp = 1, decode_tp = 1;
};

/// A key that a sweep varies and its values in turn, each as a scenario file would have it in one
/// line ("25 Gbit/s", "8k", "[raw, splitzip]"). No value occurs twice.
struct AxisSpec {
  std::string path;
  std::vector<std::string> values;

  bool operator==(const AxisSpec&) const = default;
};

/// The contents of a scenario file, with every default filled in and every name looked up. Fields
/// have the names of the file's keys, except those of `pipeline`, which is passed to workers
/// unchanged.
struct Scenario {
  std::string name;
  /// `staging` is 0 if the file leaves it at auto; choose_path (sim/path) or size_memory
  /// (sim/run/simulate.hpp) then sets it.
  Pipeline pipeline{.staging = 0};
  HardwareProfile hardware;
  std::vector<AddedCodec> codecs;  ///< codecs that arms may be besides those of the table
  std::vector<Arm> arms{Arm::raw, Arm::bypass, Arm::splitzip};  ///< one or more, none twice
  std::uint32_t repeats = 3;
  std::uint64_t seed = 1;
  std::vector<std::uint64_t> seeds;  ///< one for each repeat; empty: `seed`, `seed` + 1 and so on
  TimeKind time = TimeKind::real;
  BackendKind backend = BackendKind::automatic;
  std::vector<std::uint32_t> gpu;  ///< numbers of the devices that workers take in turn; empty: all
  ComputeKind compute = ComputeKind::timed;
  double compute_scale = 1;  ///< 8 stands for eight devices of tensor parallelism
  LinkSpec link;             ///< `seed` is the scenario's
  std::uint32_t nics = 0;    ///< of each worker, key `link.nics`; 0: one for each rank
  /// The use of sockets, set by keys of `link:`. 0 streams: choose_path (sim/path) chooses.
  TransportOptions transport_options{.streams = 0};
  TransportKind transport = TransportKind::automatic;
  std::string listen = "127.0.0.1";  ///< IPv4 address of coordinator and decode workers
  WorkloadSpec workload;
  KvSpec kv;
  bool own_kv_profile = true;  ///< kv.profile is the model's own where one is shipped, else llm
  DriftSpec drift;
  WorkerCounts workers;
  /// Workers of a real run that share a GPU also share a process, where that is possible.
  bool share_process = true;
  Dispatch dispatch = Dispatch::round_robin;
  bool prefix_cache = true;  ///< prefill workers do not compute the part of a prompt that they have
  TransferKind transfer = TransferKind::full;  ///< the part of a prompt's KV that is sent
  std::uint64_t prefill_memory = 0;  ///< bytes of KV in a prefill worker; 0: twice the largest job
  /// bytes of a decode worker's KV pool; 0: four times the largest job
  std::uint64_t decode_memory = 0;
  OnFault on_fault = OnFault::fail_fast;
  std::uint32_t max_restarts = 3;         ///< restarts of one worker before the run fails
  std::uint32_t max_retries = 5;          ///< retries of one request before it counts as failed
  Time heartbeat_timeout{8'000'000'000};  ///< silence before a worker or remote end is given up
  Time restart_time{1'000'000'000};       ///< duration of a worker's restart in virtual time
  std::vector<FaultSpec> faults;
  SloSpec slo;
  /// Which repeat timeline.json draws; automatic: the first, and of a sweep's points none.
  TimelineOutput timeline = TimelineOutput::automatic;
  std::vector<AxisSpec> axes;  ///< axes of a sweep, the slowest first; empty for a single run
};

/// Returns the seed from which a repeat draws its load: arrivals, lengths, faults and, in virtual
/// time, jitter. All arms of a repeat share it. `repeat` counts from 0.
inline std::uint64_t seed_of(const Scenario& scenario, std::uint32_t repeat) {
  return scenario.seeds.empty() ? scenario.seed + repeat : scenario.seeds.at(repeat);
}

/// Returns the scenario with the seed of one of its repeats. The KV that is sent stays what the
/// scenario's own seed makes it, so that workers hold it once.
inline Scenario of_repeat(Scenario scenario, std::uint32_t repeat) {
  scenario.seed = scenario.link.seed = seed_of(scenario, repeat);
  return scenario;
}

}  // namespace splitbench
