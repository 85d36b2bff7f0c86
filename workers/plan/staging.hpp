#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "workers/plan/chunk_plan.hpp"
#include "workers/plan/transport_traits.hpp"

namespace splitbench {

/// Where a worker's staging slots lie; where payloads are lent, its flows' buffers.
using SlotMemory = std::function<std::span<std::byte>(std::uint32_t slot)>;

/// Where a chunk goes when it is packed. Either may be memory of a device.
struct Destination {
  std::span<std::byte> slot;
  /// Of a sender that reaches it: the receiver's KV memory, so that raw chunks can be put straight
  /// to their place.
  std::byte* pool = nullptr;
};

/// The buffers of one flow where payloads are lent: one for each of its sender's slots, and
/// one for each of its credits, so that a slot can be filled again while the receiver still reads
/// what was sent from it.
struct BufferPlan {
  std::uint32_t slots = 0;
  std::uint32_t credits = 0;
  std::uint64_t buffer_bytes = 0;

  std::uint32_t buffers() const { return slots + credits; }
  std::uint64_t flow_bytes() const { return buffers() * buffer_bytes; }
};

inline BufferPlan plan_buffers(const StagingPlan& staging, std::uint32_t senders) {
  return {.slots = staging.slots,
          .credits = staging.credits_per_sender(senders),
          .buffer_bytes = staging.slot_bytes};
}

/// Returns how much host memory workers share as the buffers of all their flows; none where the
/// transport has no shared memory.
inline std::uint64_t shared_staging_bytes(TransportKind transport, const StagingPlan& staging,
                                          std::uint32_t prefill_workers,
                                          std::uint32_t decode_workers) {
  if (!traits_of(transport).shared_memory) return 0;
  return plan_buffers(staging, prefill_workers).flow_bytes() * prefill_workers * decode_workers;
}

}  // namespace splitbench
