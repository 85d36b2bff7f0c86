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

/// A decode worker's device memory, for one prefill worker to open.
struct MemoryHandles {
  IpcHandle buffers{};  ///< of their flow
  IpcHandle pool{};     ///< for KV

  bool operator==(const MemoryHandles&) const = default;
};

/// Where the payloads of a worker's flows lie: its slots, or, where payloads are lent, the buffers
/// that it shares with the worker at the other end of each flow. Each transport has its own.
class FlowMemory {
 public:
  virtual ~FlowMemory() = default;

  /// Returns a slot or buffer of the flow whose other end is worker `peer`.
  virtual std::span<std::byte> buffer(std::uint32_t peer, std::uint32_t number) const = 0;
  /// Returns the same by its number over all flows.
  virtual std::span<std::byte> buffer(std::uint32_t number) const = 0;

  /// Returns what each prefill worker is told of a decode worker's memory; nothing where there is
  /// nothing to open.
  virtual std::vector<MemoryHandles> handles() const { return {}; }
  /// Opens what a decode worker told this prefill worker: before each session of their flow.
  virtual void open(std::uint32_t /*decode*/, const std::vector<MemoryHandles>&) {}
  /// Returns a decode worker's KV memory where this prefill worker reaches it, or null.
  virtual std::byte* pool(std::uint32_t /*decode*/) const { return nullptr; }

  SlotMemory slots_to(std::uint32_t decode) const {
    return [this, decode](std::uint32_t number) { return buffer(decode, number); };
  }
  SlotMemory slots_of_all() const {
    return [this](std::uint32_t number) { return buffer(number); };
  }
};

/// The buffers of a transport that lends them.
class LentMemory : public FlowMemory {
 public:
  explicit LentMemory(const BufferPlan& plan) : plan_(plan) {}

  std::span<std::byte> buffer(std::uint32_t peer, std::uint32_t number) const final {
    return {flow(peer) + number * plan_.buffer_bytes, plan_.buffer_bytes};
  }
  std::span<std::byte> buffer(std::uint32_t number) const final {
    return buffer(number / plan_.buffers(), number % plan_.buffers());
  }

 private:
  /// Returns where the buffers of a flow begin.
  virtual std::byte* flow(std::uint32_t peer) const = 0;

  const BufferPlan plan_;
};

/// What a worker makes the memory of its flows from.
struct FlowMemorySpec {
  bool prefill = false;  ///< the worker is a prefill worker
  std::uint32_t index = 0;
  std::uint32_t prefill_workers = 1;
  std::uint32_t decode_workers = 1;
  BufferPlan plan;
  SlotMemory slots = nullptr;     ///< of the worker's own staging memory
  const std::byte* kv = nullptr;  ///< the worker's KV memory
  int shared_descriptor = -1;     ///< of host memory that all workers map; taken over
  bool used_by_device = false;    ///< a GPU reads and writes what lies in host memory
};

/// Makes a worker's part of a transport, at either end of its flows.
std::unique_ptr<FlowMemory> make_flow_memory(TransportKind, const FlowMemorySpec&);

}  // namespace splitbench
