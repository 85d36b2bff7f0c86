#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "workers/plan/arm.hpp"
#include "workloads/enum_names.hpp"

namespace splitbench {

enum class BackendKind { automatic, cpu, cuda };

/// Prefill time of a layer: none at all, that of the model on the hardware profile, or what the
/// model's matrix products take a GPU (in virtual time as timed).
enum class ComputeKind { none, timed, gemm };

/// What is encoded and sent as soon as it is computed: the whole request, or a group of layers.
enum class Granularity { request, layer_group };

/// When the consumer checks the raw KV against the producer's digest.
enum class Verify { deferred, inline_, off };
inline constexpr EnumNames<Verify, 3> kVerifyNames = {{{
    {Verify::deferred, "deferred"},
    {Verify::inline_, "inline"},
    {Verify::off, "off"},
}}};

/// Who holds a chunk back until the wire would have carried it.
enum class Shaping { receiver, sender };

/// How bytes cross the sockets of a real run.
struct TransportOptions {
  std::uint32_t streams = 1;  ///< TCP connections that a transfer is striped over
  bool payload_hash = true;   ///< XXH3 over each chunk
  Shaping shaping = Shaping::receiver;

  bool operator==(const TransportOptions&) const = default;
};

/// What can be made to go wrong in a run, on purpose.
enum class FaultKind {
  kill,          ///< a worker process dies
  stop,          ///< a worker process stands still
  cut,           ///< a connection ends in the middle of a chunk
  corrupt,       ///< a byte of a chunk changes on its way
  delay,         ///< a chunk is held back, and all behind it
  duplicate,     ///< a chunk is sent twice
  stop_reading,  ///< a decode worker takes nothing from a connection
  pool_full,     ///< a decode worker has no room for another job
  cancel,        ///< a client gives up on its request
  coordinator,   ///< the coordinator vanishes
};
inline constexpr EnumNames<FaultKind, 10> kFaultNames = {{{
    {FaultKind::kill, "kill"},
    {FaultKind::stop, "stop"},
    {FaultKind::cut, "cut"},
    {FaultKind::corrupt, "corrupt"},
    {FaultKind::delay, "delay"},
    {FaultKind::duplicate, "duplicate"},
    {FaultKind::stop_reading, "stop_reading"},
    {FaultKind::pool_full, "pool_full"},
    {FaultKind::cancel, "cancel"},
    {FaultKind::coordinator, "coordinator"},
}}};

/// One line of a scenario's `faults:`. Field names are its keys, but for `duration`, which is
/// `for`.
struct FaultSpec {
  FaultKind kind = FaultKind::kill;
  std::optional<std::uint32_t> prefill, decode;  ///< a worker, or the flow between two
  std::optional<std::chrono::nanoseconds> at;    ///< from each run's start; else `probability`
  double probability = 0;                        ///< of each job
  std::chrono::nanoseconds duration{0};

  bool operator==(const FaultSpec&) const = default;
};

}  // namespace splitbench
