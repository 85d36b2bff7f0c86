#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "codec/cuda/device.hpp"
#include "workers/plan/staging.hpp"
#include "workers/plan/transport_traits.hpp"

namespace splitbench {

/// The handles of a decode worker's device memory, for one prefill worker to open.
struct MemoryHandles {
  IpcHandle buffers{};  ///< buffers of the flow between the two
  IpcHandle pool{};     ///< KV memory

  bool operator==(const MemoryHandles&) const = default;
};

/// The memory that the payloads of a worker's flows lie in: the worker's slots or, where payloads
/// are lent, the buffers that it shares with the worker at the other end of each flow. There is one
/// implementation per transport. Spans and pointers into it are valid while it lives, except that
/// open() with other handles invalidates those of that decode worker. Not thread-safe.
class FlowMemory {
 public:
  virtual ~FlowMemory() = default;

  /// Returns slot or buffer `number` of the flow whose other end is worker `remote`.
  virtual std::span<std::byte> buffer(std::uint32_t remote, std::uint32_t number) const = 0;
  /// Returns a slot or buffer by its number over all flows.
  virtual std::span<std::byte> buffer(std::uint32_t number) const = 0;

  /// Returns the handles of this decode worker's memory, one element for each prefill worker; empty
  /// if prefill workers have nothing to open.
  virtual std::vector<MemoryHandles> handles() const { return {}; }
  /// Opens the memory whose handles a decode worker sent to this prefill worker. Called before each
  /// session of their flow.
  virtual void open(std::uint32_t /*decode*/, const std::vector<MemoryHandles>&) {}
  /// Returns a decode worker's KV memory as this prefill worker's device addresses it, or null if
  /// the device does not reach it.
  virtual std::byte* pool(std::uint32_t /*decode*/) const { return nullptr; }

  /// Returns the slots of one flow. The memory must outlive the result.
  SlotMemory slots_to(std::uint32_t decode) const {
    return [this, decode](std::uint32_t number) { return buffer(decode, number); };
  }
  /// Returns the slots of all flows. The memory must outlive the result.
  SlotMemory slots_of_all() const {
    return [this](std::uint32_t number) { return buffer(number); };
  }
};

/// The memory of a transport that lends buffers: those of each flow are contiguous.
class LentMemory : public FlowMemory {
 public:
  explicit LentMemory(const BufferPlan& plan) : plan_(plan) {}

  std::span<std::byte> buffer(std::uint32_t remote, std::uint32_t number) const final {
    return {flow(remote) + number * plan_.buffer_bytes, plan_.buffer_bytes};
  }
  std::span<std::byte> buffer(std::uint32_t number) const final {
    return buffer(number / plan_.buffers(), number % plan_.buffers());
  }

 private:
  /// Returns the first byte of a flow's buffers.
  virtual std::byte* flow(std::uint32_t remote) const = 0;

  const BufferPlan plan_;
};

/// The arguments of make_flow_memory.
struct FlowMemorySpec {
  bool prefill = false;     ///< the worker is a prefill worker
  std::uint32_t index = 0;  ///< the worker's index among those of its kind
  std::uint32_t prefill_workers = 1;
  std::uint32_t decode_workers = 1;
  BufferPlan plan;
  SlotMemory slots = nullptr;     ///< slots of the worker's own staging memory
  const std::byte* kv = nullptr;  ///< the worker's KV memory, not owned
  int shared_descriptor = -1;     ///< descriptor of the host memory that all workers map; owned
  bool used_by_device = false;    ///< a GPU reads and writes payloads in host memory
};

/// Makes the memory of a worker's flows for a transport. Throws std::system_error or CudaError if
/// memory cannot be allocated or mapped.
std::unique_ptr<FlowMemory> make_flow_memory(TransportKind, const FlowMemorySpec&);

}  // namespace splitbench
