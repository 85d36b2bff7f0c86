#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "workers/plan/chunk_plan.hpp"
#include "workers/plan/transport_traits.hpp"

namespace splitbench {

/// A function that returns the memory of a worker's staging slot or, if payloads are lent, of a
/// buffer of its flows. The span is not owned.
using SlotMemory = std::function<std::span<std::byte>(std::uint32_t slot)>;

/// The destination of a chunk when it is packed; not owned. Either member may refer to device
/// memory.
struct Destination {
  std::span<std::byte> slot;
  /// The receiver's KV memory if the sender can access it, so that raw chunks can be written
  /// directly to their place; else null.
  std::byte* pool = nullptr;
};

/// The buffers of one flow whose payloads are lent: one for each of its sender's slots and one for
/// each of its credits, so that a slot can be filled again while the receiver still reads what was
/// sent from it.
struct BufferPlan {
  std::uint32_t slots = 0;
  std::uint32_t credits = 0;
  std::uint64_t buffer_bytes = 0;

  std::uint32_t buffers() const { return slots + credits; }
  std::uint64_t flow_bytes() const { return buffers() * buffer_bytes; }
};

/// Returns the buffers of a flow to a decode worker that has `senders` senders.
inline BufferPlan plan_buffers(const StagingPlan& staging, std::uint32_t senders) {
  return {.slots = staging.slots,
          .credits = staging.credits_per_sender(senders),
          .buffer_bytes = staging.slot_bytes};
}

/// Returns the bytes of host memory that workers share as the buffers of all their flows; 0 if the
/// transport has no shared memory.
inline std::uint64_t shared_staging_bytes(TransportKind transport, const StagingPlan& staging,
                                          std::uint32_t prefill_workers,
                                          std::uint32_t decode_workers) {
  if (!traits_of(transport).shared_memory) return 0;
  return plan_buffers(staging, prefill_workers).flow_bytes() * prefill_workers * decode_workers;
}

}  // namespace splitbench
