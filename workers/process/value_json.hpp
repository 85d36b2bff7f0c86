#pragma once
#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "workers/device/codec_cost.hpp"
#include "workers/device/worker_speeds.hpp"
#include "workers/kv/drift.hpp"
#include "workers/plan/hardware.hpp"
#include "workers/plan/pipeline.hpp"
#include "workers/plan/settings.hpp"
#include "workers/transport/flow_memory.hpp"
#include "workers/transport/job_json.hpp"
#include "workloads/timeline.hpp"

// The JSON of the values in control messages. Reading throws nlohmann::json::exception.

template <>
struct nlohmann::adl_serializer<std::chrono::nanoseconds> {
  static void to_json(json& j, std::chrono::nanoseconds t) { j = t.count(); }
  static void from_json(const json& j, std::chrono::nanoseconds& t) {
    t = std::chrono::nanoseconds(j.get<std::int64_t>());
  }
};

namespace splitbench {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TensorProfile, scale, spread, tail, outlier_share, outlier_scale,
                                   sink, zeros, padding)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(KvProfile, name, provenance, k, v)

inline void to_json(nlohmann::json& j, const KvSpec& kv) {
  j = {{"source", kv.source}, {"profile", kv.profile}, {"dump", kv.dump.string()}};
}
inline void from_json(const nlohmann::json& j, KvSpec& kv) {
  kv = {.source = j.at("source"),
        .profile = j.at("profile"),
        .dump = j.at("dump").get<std::string>()};
}

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ModelGeometry, name, layers, hidden, attention_heads, kv_heads,
                                   head_dim, latent_dim, active_parameters, total_parameters)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CodecRates, encode, decode, call, sample, ratio)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(DriftPath, shape, timed, begin, length)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(DriftSpec, kind, amount, share, to, path, policy, scope)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CodecKey, codec, type)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(HardwareProfile, name, provenance, flops, memory_bandwidth, copy,
                                   copy_call, digest, device_to_device, rates, escape_bytes)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Pipeline, model, element_type, overlap, granularity, layer_group,
                                   staging, chunk, fused_encode, verify)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TransportOptions, streams, payload_hash, shaping)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(MemoryHandles, buffers, pool)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Span, stage, begin, end)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CodebookChange, scope, job)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StageSpeed, rate, call)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(WorkerSpeeds, copy, codecs)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(MedianCost, cost, error)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(JobPace, tokens, begins)

}  // namespace splitbench
