#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "network/event_loop.hpp"
#include "network/tcp/connection.hpp"
#include "workers/plan/staging.hpp"
#include "workers/transport/flow_options.hpp"

namespace splitbench {

/// What a chunk carries instead of its payload where that goes by reference; 8 bytes on the wire,
/// drawn in network/PROTOCOL.md.
struct PayloadReference {
  std::uint32_t buffer = 0;
  std::uint32_t payload_bytes = 0;
};

using ReferenceBytes = std::array<std::byte, 8>;
static_assert(sizeof(PayloadReference) == sizeof(ReferenceBytes) &&
                  std::endian::native == std::endian::little,
              "its fields are copied as they lie in memory");

inline std::string write_reference(const PayloadReference& reference) {
  const auto bytes = std::bit_cast<std::array<char, sizeof reference>>(reference);
  return {bytes.begin(), bytes.end()};
}

inline PayloadReference read_reference(const ReferenceBytes& bytes) {
  return std::bit_cast<PayloadReference>(bytes);
}

// Where the payloads of one flow lie at its two ends, and what of them goes into messages. In band
// a chunk is read from a slot of the sender's into one of the receiver's. Lent, it stays in the
// buffer that it was packed into, and its message refers to that (buffer_exchange.hpp).

/// A sender's slots.
class SenderSlots {
 public:
  virtual ~SenderSlots() = default;

  /// Returns the memory that the slot's next chunk is to be packed into.
  virtual std::span<std::byte> memory(std::uint32_t slot) const = 0;
  /// A chunk that was packed leaves its slot. Returns the number by which write() knows it.
  virtual std::uint32_t take_out(std::uint32_t slot) = 0;
  /// Sends a chunk that was taken out; `taken` runs when the socket has it all, never within this
  /// call, and never if the connection closes first.
  virtual void write(Connection&, const MessageHeader&, std::uint32_t number,
                     std::uint64_t payload_bytes, std::function<void()> taken) = 0;
  /// Takes a credit behind so many that the session had before. Returns whether a receiver may
  /// grant it; throws ProtocolError for a buffer that it cannot give back.
  virtual bool take_credit(std::uint64_t before, const MessageHeader& credit) = 0;
};

/// What is being read of a chunk.
struct Landing {
  std::optional<std::uint32_t> slot;  ///< that was taken for it; give_back() is then due
  ReferenceBytes reference{};
};

/// A receiver's slots for one sender. Slots are numbered over all senders.
class ReceiverSlots {
 public:
  virtual ~ReceiverSlots() = default;

  /// Returns where the payload of a chunk's message is to be read into. Throws ProtocolError for a
  /// chunk that has no place.
  virtual std::span<std::byte> place(const MessageHeader&, Landing&) = 0;
  /// The message has been read. Returns how many bytes of payload lie in the landing's slot, which
  /// has been taken. Throws ProtocolError for a reference to what the sender may not refer to.
  virtual std::uint32_t landed(const MessageHeader&, Landing&) = 0;
  virtual void give_back(std::uint32_t slot) = 0;
  /// Returns how many chunks the sender may have on their way when a session begins; none while
  /// slots of an earlier one are read that would count as the sender's.
  virtual std::optional<std::uint64_t> first_credits() const = 0;
  /// Returns the index of the credit for a slot that was given back.
  virtual std::uint32_t credit_index(std::uint32_t slot) const = 0;
};

std::unique_ptr<SenderSlots> make_sender_slots(const FlowOptions&, EventLoop&, SlotMemory);
std::unique_ptr<ReceiverSlots> make_receiver_slots(const FlowOptions&, std::uint32_t sender,
                                                   SlotMemory);

}  // namespace splitbench
