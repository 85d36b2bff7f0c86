#pragma once
#include <cstdint>
#include <span>

#include "workers/device/backend.hpp"
#include "workers/device/cuda/compute_load.hpp"
#include "workers/device/device_clock.hpp"

namespace splitbench {

/// The load of `compute: gemm` beside a worker's KV memory. Not thread-safe.
class CudaCompute final : public GemmLoad {
 public:
  /// The KV memory and the spec's pipeline must outlive it. `scale` devices share the model. Throws
  /// Unavailable without cuBLAS, CudaError when memory does not suffice.
  CudaCompute(const BackendSpec&, const DeviceBuffer& kv, double scale);

  Span prefill(std::span<const JobRequest> requests, std::uint32_t layers) override;
  Span decode_step(std::span<const std::uint64_t> context_tokens) override;

 private:
  /// Waits for the work that `put` puts into the stream, and returns its span on the host's clock.
  Span timed(Stage, const std::function<void(void* stream)>& put);

  const Pipeline& pipeline_;
  const DeviceBuffer& kv_;
  double scale_;
  DeviceClock clock_;
  StageClock stage_clock_;
  Stream stream_;
  Event begun_, done_;
  ComputeLoad load_;
};

}  // namespace splitbench
