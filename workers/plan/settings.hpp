#pragma once
#include <cstdint>
#include <filesystem>
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

}  // namespace splitbench
