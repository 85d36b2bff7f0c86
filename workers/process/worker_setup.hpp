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
  /// of a transport with shared memory: the memory of all flows, prefill workers' one behind the
  /// other; inherited
  int staging_descriptor = -1;
  std::string listen;  ///< the address that decode workers listen on
  TransportKind transport_kind = TransportKind::tcp;
  TransportOptions transport;
  std::vector<int> cores;  ///< to run on; none: any
  std::chrono::nanoseconds heartbeat_timeout{0};
};

}  // namespace splitbench
