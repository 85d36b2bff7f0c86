#pragma once
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "codec/cuda/device.hpp"
#include "network/tcp/outbox.hpp"
#include "workers/events.hpp"
#include "workers/kv/kv_profile.hpp"
#include "workers/plan/fault.hpp"
#include "workers/plan/hardware.hpp"
#include "workers/plan/job.hpp"
#include "workers/plan/pipeline.hpp"

// What the coordinator and a worker say to each other: one JSON object a message, with a "type".
//
//   worker -> coordinator   ready{...}  flow_up{...}  flow_lost{...}  duplicate{...}  probed{...}
//                           alive{}  pong{}  failed{why}  and the events
//   coordinator -> worker   setup{...}  connect{...}  probe{...}  speeds{...}  job{...}  drop{...}
//                           strike{...}  renew{}  ping{}  stop{}

template <>
struct nlohmann::adl_serializer<std::chrono::nanoseconds> {
  static void to_json(json& j, std::chrono::nanoseconds t) { j = t.count(); }
  static void from_json(const json& j, std::chrono::nanoseconds& t) {
    t = std::chrono::nanoseconds(j.get<std::int64_t>());
  }
};

namespace splitbench {

/// All that a worker is told before it does anything.
struct WorkerSetup {
  std::uint32_t index = 0;
  std::uint32_t prefill_workers = 1;
  std::uint32_t decode_workers = 1;
  Pipeline pipeline;
  HardwareProfile hardware;
  ComputeKind compute = ComputeKind::timed;
  double compute_scale = 1;
  BackendKind backend = BackendKind::cpu;
  std::vector<Arm> arms;  ///< that jobs may be of
  KvSpec kv;
  DriftSpec drift;
  double wire_bytes_per_s = 0;  ///< of one flow that is alone; 0: without a limit
  std::uint64_t seed = 0;
  std::uint64_t kv_bytes = 0;  ///< of KV memory
  int link_descriptor = -1;    ///< the shared link, inherited
  /// transport shm only: the memory of all flows, prefill workers' one behind the other; inherited
  int staging_descriptor = -1;
  std::string listen;  ///< the address that decode workers listen on
  TransportKind transport_kind = TransportKind::tcp;
  TransportOptions transport;
  std::vector<int> cores;  ///< to run on; none: any
  std::chrono::nanoseconds heartbeat_timeout{0};
};

/// A decode worker's device memory, for one prefill worker to open.
struct MemoryHandles {
  IpcHandle buffers{};  ///< of their flow
  IpcHandle pool{};     ///< for KV

  bool operator==(const MemoryHandles&) const = default;
};

/// A worker is set up. The rest is of decode workers.
struct Ready {
  std::uint16_t port = 0;
  std::vector<MemoryHandles> memory;  ///< transport peer only: for each prefill worker
};

/// Where a prefill worker finds a decode worker, and the session to connect under.
struct Connect {
  std::uint32_t decode = 0;
  std::string address;
  std::uint16_t port = 0;
  std::uint64_t session = 0;
  std::vector<MemoryHandles> memory;  ///< one, where the transport is peer
};

struct Drop {
  std::uint64_t job = 0;
};

/// What a worker saw of one of its flows.
struct FlowEvent {
  std::uint32_t prefill = 0;
  std::uint32_t decode = 0;
  std::uint64_t session = 0;
  std::string why;                 ///< it was lost
  std::string congestion_control;  ///< of its sockets, when it came up
};

/// A fault that a worker is to make itself.
struct Strike {
  FaultKind fault = FaultKind::cut;
  std::uint32_t peer = 0;  ///< the worker at the other end of the flow
  std::chrono::nanoseconds duration{0};
};

/// How a connection behaves under a fault of a flow.
Mischief::Kind mischief_of(FaultKind);

/// Asks a worker how fast it packs or unpacks.
struct ProbeOrder {
  std::uint64_t tokens = 0;  ///< of a job like the run's
  std::vector<Arm> arms;     ///< in which the codec is always on, and the same
  bool speeds = false;       ///< each stage's speed is wanted, too
};

/// Packing, or unpacking, a chunk of raw KV takes so long: call + bytes / rate.
struct StageSpeed {
  double rate = 0;  ///< bytes/s; 0: there is nothing to do
  double call = 0;  ///< seconds
};

/// Of a prefill worker's packs, or a decode worker's unpacks.
struct WorkerSpeeds {
  StageSpeed copy;              ///< as raw bytes
  StageSpeed splitzip, ranked;  ///< as frames, which are copied as part of it
};

/// How fast a worker packs or unpacks with nobody beside it, and how well it knows when.
struct Probe {
  std::vector<double> codec;                ///< median_cost of chunks, by arm
  std::chrono::nanoseconds clock_error{0};  ///< most so far, of what a device stamped
  WorkerSpeeds speeds;                      ///< if they were wanted
};

inline void to_json(nlohmann::json& j, const Arm& arm) {
  j = name_of(arm);
}
inline void from_json(const nlohmann::json& j, Arm& arm) {
  const auto name = j.get<std::string>();
  const std::optional<Arm> found = find_arm(name);
  if (!found) throw nlohmann::json::other_error::create(501, "no arm '" + name + "'", &j);
  arm = *found;
}

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
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CodecRates, encode, decode, call, sample)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(DriftPath, shape, timed, begin, length)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(DriftSpec, kind, amount, share, to, path, policy, scope)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(HardwareProfile, name, provenance, flops, memory_bandwidth, copy,
                                   copy_call, digest, peer, splitzip, splitzip_fp8_e5m2,
                                   splitzip_fp8_e4m3, ranked, ranked_fp8_e5m2, ranked_fp8_e4m3,
                                   escape_bytes)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Pipeline, model, element_type, overlap, granularity, layer_group,
                                   staging, chunk, fused_encode, verify)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(JobRequest, id, prompt_tokens, output_tokens, cached_tokens,
                                   resident_tokens, drift_level)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Job, id, arm, prefill_worker, decode_worker, prefill_offset,
                                   decode_offset, requests)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Span, stage, begin, end)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PrefillBegan, job, at)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PrefillComputed, job)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CodebookChange, scope, version, job)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PrefillReleased, job, spans, chunk_bytes, escapes, stored_bytes,
                                   codebook_changes, digests)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Installed, job, at, spans, lateness, late_arrivals)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Finished, job, request, first_step, tokens)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Verified, job, same, took)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Dropped, job, by_prefill)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Refused, job, why)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ProbeOrder, tokens, arms, speeds)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StageSpeed, rate, call)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(WorkerSpeeds, copy, splitzip, ranked)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Probe, codec, clock_error, speeds)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TransportOptions, streams, payload_hash, shaping)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(WorkerSetup, index, prefill_workers, decode_workers, pipeline,
                                   hardware, compute, compute_scale, backend, arms, kv, drift,
                                   wire_bytes_per_s, seed, kv_bytes, link_descriptor,
                                   staging_descriptor, listen, transport_kind, transport, cores,
                                   heartbeat_timeout)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(MemoryHandles, buffers, pool)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Ready, port, memory)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Connect, decode, address, port, session, memory)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Drop, job)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(FlowEvent, prefill, decode, session, why, congestion_control)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Strike, fault, peer, duration)

/// `body` with its type.
template <class Body>
std::string control_text(std::string_view type, const Body& body) {
  nlohmann::json json = body;
  json["type"] = type;
  return json.dump();
}

}  // namespace splitbench
