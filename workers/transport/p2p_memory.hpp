#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "codec/cuda/device.hpp"
#include "workers/transport/flow_memory.hpp"

namespace splitbench {

// Transport p2p: a flow's buffers lie in memory of the decode worker's device, which the prefill
// worker's device reaches, through NVLink where there is one.

/// The flow buffers of a decode worker, in its device's memory, for prefill workers to open. They
/// must not be freed while a prefill worker has them open.
class ExportedMemory final : public LentMemory {
 public:
  /// `pool` is the worker's KV memory, which must begin an allocation. Throws CudaError.
  ExportedMemory(const BufferPlan&, std::uint32_t prefill_workers, const std::byte* pool);

  std::vector<MemoryHandles> handles() const override;

 private:
  std::byte* flow(std::uint32_t prefill) const override { return flows_[prefill].data(); }

  std::vector<DeviceBuffer> flows_;
  IpcHandle pool_;
};

/// The flow buffers of a prefill worker, in decode workers' device memory. Each decode worker's
/// memory must be opened before its flow is used. Memory stays mapped until other handles are
/// opened.
class OpenedMemory final : public LentMemory {
 public:
  OpenedMemory(const BufferPlan&, std::uint32_t decode_workers);

  /// Opens the first of the handles unless it is open already. Throws std::out_of_range if there is
  /// none, CudaError if the memory cannot be opened.
  void open(std::uint32_t decode, const std::vector<MemoryHandles>&) override;
  std::byte* pool(std::uint32_t decode) const override { return flows_[decode].pool->data(); }

 private:
  std::byte* flow(std::uint32_t decode) const override { return flows_[decode].buffers->data(); }

  struct Flow {
    MemoryHandles handles;
    std::optional<PeerMemory> buffers, pool;
  };
  std::vector<Flow> flows_;
};

/// Makes OpenedMemory for a prefill worker, ExportedMemory for a decode worker. Throws CudaError.
std::unique_ptr<FlowMemory> make_p2p_memory(const FlowMemorySpec&);

}  // namespace splitbench
