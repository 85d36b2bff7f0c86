#include <stdexcept>
#include <utility>

#include "workers/transport/flow_memory.hpp"
#include "workers/transport/p2p_memory.hpp"
#include "workers/transport/shared_memory.hpp"

namespace splitbench {
namespace {

/// The worker's own slots. A prefill worker's slots are the same for every flow; a decode worker's
/// are divided among its senders.
class OwnSlots final : public FlowMemory {
 public:
  explicit OwnSlots(const FlowMemorySpec& spec)
      : slots_(spec.slots), each_(spec.prefill ? 0 : spec.plan.credits) {}

  std::span<std::byte> buffer(std::uint32_t remote, std::uint32_t number) const override {
    return slots_(remote * each_ + number);
  }
  std::span<std::byte> buffer(std::uint32_t number) const override { return slots_(number); }

 private:
  const SlotMemory slots_;
  const std::uint32_t each_;
};

}  // namespace

std::unique_ptr<FlowMemory> make_flow_memory(TransportKind transport, const FlowMemorySpec& spec) {
  switch (transport) {
    case TransportKind::automatic:
    case TransportKind::tcp:
      return std::make_unique<OwnSlots>(spec);
    case TransportKind::shm:
      return make_shared_memory(spec);
    case TransportKind::p2p:
      return make_p2p_memory(spec);
  }
  throw std::invalid_argument("an unknown transport");
}

}  // namespace splitbench
