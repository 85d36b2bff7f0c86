#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "workers/kv/drift.hpp"
#include "workers/plan/hardware.hpp"
#include "workers/plan/pipeline.hpp"
#include "workers/plan/settings.hpp"
#include "workers/plan/transport_traits.hpp"

namespace splitbench {

/// The configuration of a worker, sent to it before anything else.
struct WorkerSetup {
  std::uint32_t index = 0;  ///< index among the workers of its role
  std::uint32_t prefill_workers = 1;
  std::uint32_t decode_workers = 1;
  Pipeline pipeline;
  HardwareProfile hardware;
  ComputeKind compute = ComputeKind::timed;
  double compute_scale = 1;     ///< devices that share the worker's compute
  std::uint32_t kv_copies = 1;  ///< of these, so many hold the same KV
  BackendKind backend = BackendKind::cpu;
  std::vector<AddedCodec> codecs;  ///< codecs that the scenario adds
  std::vector<Arm> arms;           ///< arms that jobs may have
  KvSpec kv;
  DriftSpec drift;
  double wire_bytes_per_s = 0;  ///< bandwidth of one flow that is alone; 0: unlimited
  std::uint64_t seed = 0;
  std::uint64_t kv_bytes = 0;  ///< size of the KV memory
  int link_descriptor = -1;    ///< inherited descriptor of the shared link, which stays open
  /// Inherited descriptor of the host memory of all flows, if the transport shares host memory
  /// (shared_memory.hpp); else -1.
  int staging_descriptor = -1;
  std::string listen;  ///< IP address that decode workers listen on
  TransportKind transport_kind = TransportKind::tcp;
  TransportOptions transport;
  std::vector<int> cores;  ///< cores to run on; empty: any
  std::chrono::nanoseconds heartbeat_timeout{0};
};

}  // namespace splitbench
