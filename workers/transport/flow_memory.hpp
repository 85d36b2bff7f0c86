#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "codec/cuda/device.hpp"
#include "network/link/shared_link.hpp"
#include "workers/plan/staging.hpp"
#include "workers/process/worker_setup.hpp"

namespace splitbench {

/// A decode worker's device memory, for one prefill worker to open.
struct MemoryHandles {
  IpcHandle buffers{};  ///< of their flow
  IpcHandle pool{};     ///< for KV

  bool operator==(const MemoryHandles&) const = default;
};

/// The buffers of all flows of a worker, where payloads go by reference: for each worker at the
/// other end those of one flow.
class FlowMemory {
 public:
  explicit FlowMemory(const BufferPlan& plan) : plan_(plan) {}
  virtual ~FlowMemory() = default;

  std::span<std::byte> buffer(std::uint32_t peer, std::uint32_t number) const {
    return {flow(peer) + number * plan_.buffer_bytes, plan_.buffer_bytes};
  }
  /// The same by its number over all flows.
  std::span<std::byte> buffer(std::uint32_t number) const {
    return buffer(number / plan_.buffers(), number % plan_.buffers());
  }

 protected:
  const BufferPlan plan_;

 private:
  virtual std::byte* flow(std::uint32_t peer) const = 0;
};

/// In host memory that the run's processes share. It has no name: children inherit the descriptor.
Descriptor create_shared_memory(std::uint64_t bytes);
std::unique_ptr<FlowMemory> make_shared_memory(const WorkerSetup&, bool prefill);

/// In memory of this worker's device, for prefill workers to open.
class ExportedMemory final : public FlowMemory {
 public:
  /// `pool` is the worker's KV memory.
  ExportedMemory(const BufferPlan&, std::uint32_t prefill_workers, const std::byte* pool);

  MemoryHandles handles(std::uint32_t prefill) const;

 private:
  std::byte* flow(std::uint32_t prefill) const override { return flows_[prefill].data(); }

  std::vector<DeviceBuffer> flows_;
  IpcHandle pool_;
};

/// In memory of decode workers' devices, each of which is to be opened before its flow is used.
class OpenedMemory final : public FlowMemory {
 public:
  OpenedMemory(const BufferPlan&, std::uint32_t decode_workers);

  void open(std::uint32_t decode, const MemoryHandles&);
  std::byte* pool(std::uint32_t decode) const { return flows_[decode].pool->data(); }

 private:
  std::byte* flow(std::uint32_t decode) const override { return flows_[decode].buffers->data(); }

  struct Flow {
    MemoryHandles handles;
    std::optional<PeerMemory> buffers, pool;
  };
  std::vector<Flow> flows_;
};

}  // namespace splitbench
