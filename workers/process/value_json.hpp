#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "workers/device/codec_cost.hpp"
#include "workers/device/worker_speeds.hpp"
#include "workers/kv/drift.hpp"
#include "workers/plan/hardware.hpp"
#include "workers/plan/pipeline.hpp"
#include "workers/plan/settings.hpp"
#include "workers/transport/field_json.hpp"
#include "workers/transport/flow_memory.hpp"
#include "workers/transport/job_json.hpp"
#include "workloads/timeline.hpp"

// The JSON of the values in control messages. Reading throws nlohmann::json::exception.

namespace splitbench {

SPLITBENCH_JSON_FIELDS(TensorProfile, scale, spread, tail, outlier_share, outlier_scale, sink,
                       zeros, padding)
SPLITBENCH_JSON_FIELDS(KvProfile, name, provenance, k, v)

inline void to_json(nlohmann::json& j, const KvSpec& kv) {
  j = {{"source", kv.source},
       {"profile", kv.profile},
       {"dump", kv.dump.string()},
       {"codebook", kv.codebook.string()}};
}
inline void from_json(const nlohmann::json& j, KvSpec& kv) {
  kv = {.source = read_as<KvSourceKind>(j.at("source")),
        .profile = j.at("profile"),
        .dump = j.at("dump").get<std::string>(),
        .codebook = j.at("codebook").get<std::string>()};
}

SPLITBENCH_JSON_FIELDS(LayerKind, keeps, window, state_bytes)
SPLITBENCH_JSON_FIELDS(CachePart, first_head, heads, states)
SPLITBENCH_JSON_FIELDS(ModelGeometry, name, layers, hidden, attention_heads, kv_heads, head_dim,
                       latent_dim, index_bytes, kinds, active_parameters, total_parameters, part)
SPLITBENCH_JSON_FIELDS(MeasuredCall, bytes, tensors, encode, decode)
SPLITBENCH_JSON_FIELDS(CodecRates, encode, decode, call, sample, ratio, calls)

inline void to_json(nlohmann::json& j, const AddedCodec& codec) {
  j = {{"name", codec.name},
       {"figures", codec.figures},
       {"library", codec.library.string()},
       {"on_cpu", codec.on_cpu},
       {"on_cuda", codec.on_cuda}};
}
inline void from_json(const nlohmann::json& j, AddedCodec& codec) {
  codec = {.name = j.at("name"),
           .figures = j.at("figures"),
           .library = j.at("library").get<std::string>(),
           .on_cpu = j.at("on_cpu"),
           .on_cuda = j.at("on_cuda")};
}

SPLITBENCH_JSON_FIELDS(DriftPath, shape, timed, begin, length)
SPLITBENCH_JSON_FIELDS(DriftSpec, kind, amount, share, to, path, policy, scope)
SPLITBENCH_JSON_FIELDS(CodecKey, codec, type)
SPLITBENCH_JSON_FIELDS(HardwareProfile, name, provenance, memory, flops, memory_bandwidth, copy,
                       copy_call, digest, device_to_device, host_memory, rates, escape_bytes)
SPLITBENCH_JSON_FIELDS(Shards, count, of_prefill_rank, of_decode_rank)
SPLITBENCH_JSON_FIELDS(Pipeline, model, element_type, overlap, granularity, layer_group,
                       prefill_chunk, staging, chunk, fused_encode, verify, shards, join_on_order)
SPLITBENCH_JSON_FIELDS(TransportOptions, streams, payload_hash, shaping)
SPLITBENCH_JSON_FIELDS(MemoryHandles, buffers, pool)
SPLITBENCH_JSON_FIELDS(Span, stage, begin, end)
SPLITBENCH_JSON_FIELDS(CodebookChange, scope, job)
SPLITBENCH_JSON_FIELDS(StageSpeed, rate, call)
SPLITBENCH_JSON_FIELDS(WorkerSpeeds, copy, codecs)
SPLITBENCH_JSON_FIELDS(MedianCost, cost, error)
SPLITBENCH_JSON_FIELDS(JobPace, tokens, begins)

}  // namespace splitbench
