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

/// The time of a model's compute, of prefill layers and of decode steps alike: none, the model's on
/// the hardware profile, or what its matrix products take on a GPU (in virtual time as timed).
enum class ComputeKind { none, timed, gemm };

/// The unit that is encoded and sent as soon as it is computed: the whole request, a group of
/// layers, or all layers of so many tokens (chunked prefill).
enum class Granularity { request, layer_group, prefill_chunk };

/// The moment at which the decode worker checks the raw KV against the prefill worker's digest.
enum class Verify { deferred, inline_, off };
inline constexpr EnumNames<Verify, 3> kVerifyNames = {{{
    {Verify::deferred, "deferred"},
    {Verify::inline_, "inline"},
    {Verify::off, "off"},
}}};

/// The end of a flow that holds a chunk back until the wire would have carried it.
enum class Shaping { receiver, sender };

/// The use of sockets in a real run.
struct TransportOptions {
  std::uint32_t streams = 1;  ///< TCP connections that a transfer is striped over
  bool payload_hash = true;   ///< XXH3 over each chunk
  Shaping shaping = Shaping::receiver;

  bool operator==(const TransportOptions&) const = default;
};

/// The faults that can be injected into a run.
enum class FaultKind {
  kill,          ///< a worker process dies
  stop,          ///< a worker process stands still
  cut,           ///< a connection ends in the middle of a chunk
  corrupt,       ///< a byte of a chunk changes on its way
  delay,         ///< a chunk and all chunks behind it are held back
  duplicate,     ///< a chunk is sent twice
  stop_reading,  ///< a decode worker stops reading from a connection
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

/// One entry of a scenario's `faults:`. Fields are named like its keys, except `duration`, whose
/// key is `for`.
struct FaultSpec {
  FaultKind kind = FaultKind::kill;
  std::optional<std::uint32_t> prefill, decode;  ///< a worker, or the flow between two
  /// Time after each run's start; if unset, `probability` applies.
  std::optional<std::chrono::nanoseconds> at;
  double probability = 0;  ///< probability per job
  std::chrono::nanoseconds duration{0};

  bool operator==(const FaultSpec&) const = default;
};

}  // namespace splitbench
