#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "codec/element.hpp"
#include "configs/reader/config_error.hpp"
#include "network/link/link.hpp"
#include "workers/kv/drift.hpp"
#include "workers/plan/fault.hpp"
#include "workers/plan/hardware.hpp"
#include "workers/plan/model.hpp"
#include "workers/plan/pipeline.hpp"
#include "workers/plan/settings.hpp"
#include "workloads/generators/workload.hpp"
#include "workloads/request.hpp"

namespace splitbench {

enum class TimeKind { real, virtual_time };
enum class Dispatch { round_robin, least_loaded, session_affinity };
enum class TransferKind { full, missing_blocks };
enum class OnFault { fail_fast, retry };

struct SloSpec {
  std::optional<Time> ttft, tpot, e2el;
};

struct WorkerCounts {
  std::uint32_t prefill = 1;
  std::uint32_t decode = 1;
};

/// A key that a sweep varies, and what it is given in turn: each as a scenario file would say it in
/// one line ("25 Gbit/s", "8k", "[raw, splitzip]"). No value stands twice.
struct AxisSpec {
  std::string path;
  std::vector<std::string> values;

  bool operator==(const AxisSpec&) const = default;
};

/// What a scenario file says, every default filled in and every name looked up. Its fields are
/// named as the file's keys are, but for those of `pipeline`, which workers get as it stands.
struct Scenario {
  std::string name;
  /// Its staging is 0 until size_memory finds what fits.
  Pipeline pipeline{.staging = 0};
  HardwareProfile hardware;
  std::vector<Arm> arms{Arm::raw, Arm::bypass, Arm::splitzip};  ///< at least one, none twice
  std::uint32_t repeats = 3;
  std::uint64_t seed = 1;
  TimeKind time = TimeKind::real;
  BackendKind backend = BackendKind::automatic;
  std::vector<std::uint32_t> gpu;  ///< devices that workers take in turn; empty: all there are
  ComputeKind compute = ComputeKind::timed;
  double compute_scale = 1;            ///< 8 stands for eight devices of tensor parallelism
  LinkSpec link;                       ///< its seed is the scenario's
  TransportOptions transport_options;  ///< keys of `link:`, too
  TransportKind transport = TransportKind::tcp;
  std::string listen = "127.0.0.1";  ///< IPv4 address of coordinator and decode workers
  WorkloadSpec workload;
  KvSpec kv;
  DriftSpec drift;
  WorkerCounts workers;
  Dispatch dispatch = Dispatch::round_robin;
  bool prefix_cache = true;  ///< prefill workers do not compute what they have of a prompt
  TransferKind transfer = TransferKind::full;  ///< of a prompt's KV, what travels
  std::uint64_t prefill_memory = 0;  ///< bytes for KV in a prefill worker; 0: twice the largest job
  /// bytes of a decode worker's KV pool; 0: four times the largest job
  std::uint64_t decode_memory = 0;
  OnFault on_fault = OnFault::fail_fast;
  std::uint32_t max_restarts = 3;         ///< of one worker
  std::uint32_t max_retries = 5;          ///< of one request
  Time heartbeat_timeout{8'000'000'000};  ///< silence after which a worker or a peer is given up
  Time restart_time{1'000'000'000};       ///< of a worker, in virtual time
  std::vector<FaultSpec> faults;
  SloSpec slo;
  std::vector<AxisSpec> axes;  ///< of a sweep, the slowest first
};

/// Reads a scenario file and lays overrides such as `link.bandwidth=10 Gbit/s` over it, the last of
/// a path winning. The result is checked and complete. Paths in the file count from its folder,
/// paths in an override from the current one; both come out absolute. `varied` adds axes, such as
/// `workload.context=8k..128k:x2`, or replaces those of the same path; a key that only an axis
/// names has the axis's first value. Throws ConfigError with all mistakes at once.
Scenario load_scenario(const std::filesystem::path& file,
                       std::span<const std::string> overrides = {},
                       std::span<const std::string> varied = {});

/// One point of a sweep: the scenario without axes and, of each of its axes in turn, with one
/// value. Throws ConfigError where the values do not go together.
Scenario at_point(const Scenario& scenario, std::span<const std::string> values);

/// The values of an axis as numbers in base units, where they are quantities.
struct AxisNumbers {
  std::string unit;  ///< as reports name it: "bit/s"; empty where no value is a number
  std::vector<std::optional<double>> numbers;
};
AxisNumbers numbers_of(const AxisSpec& axis);

/// The scenario with every key explicit; loading it gives an equal scenario, on any machine that
/// has the trace and the dump: models, hardware and KV profiles that are not shipped as they are
/// here are written out in full.
std::string to_yaml(const Scenario& scenario);

/// Every key with what it takes, its default and its meaning, as a table of text; below it the
/// forms of distributions, schedules and drift.
std::string scenario_schema();

/// A shipped model, hardware or KV profile by its name, or a file whose path ends in .yaml.
/// All throw ConfigError.
ModelGeometry load_model(const std::string& name_or_path);
HardwareProfile load_hardware(const std::string& name_or_path);
KvProfile load_kv_profile(const std::string& name_or_path);

/// What these read back as the same value.
std::string to_yaml(const ModelGeometry& model);
std::string to_yaml(const HardwareProfile& hardware);
std::string to_yaml(const KvProfile& profile);

}  // namespace splitbench
