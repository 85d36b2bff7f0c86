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

/// In memory of this worker's device, for prefill workers to open.
class ExportedMemory final : public LentMemory {
 public:
  /// `pool` is the worker's KV memory.
  ExportedMemory(const BufferPlan&, std::uint32_t prefill_workers, const std::byte* pool);

  std::vector<MemoryHandles> handles() const override;

 private:
  std::byte* flow(std::uint32_t prefill) const override { return flows_[prefill].data(); }

  std::vector<DeviceBuffer> flows_;
  IpcHandle pool_;
};

/// In memory of decode workers' devices, each of which is to be opened before its flow is used.
class OpenedMemory final : public LentMemory {
 public:
  OpenedMemory(const BufferPlan&, std::uint32_t decode_workers);

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

std::unique_ptr<FlowMemory> make_p2p_memory(const FlowMemorySpec&);

}  // namespace splitbench
