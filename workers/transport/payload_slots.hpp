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

/// The content of a chunk's message where its payload is sent by reference: 8 bytes on the wire,
/// drawn in network/PROTOCOL.md.
struct PayloadReference {
  std::uint32_t buffer = 0;  ///< index among the flow's buffers
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

// SenderSlots and ReceiverSlots locate the payloads of one flow at its two ends and choose what a
// chunk's message carries. In band, the payload is sent from a slot of the sender and read into one
// of the receiver. Lent, it stays in the buffer that it was packed into, and the message refers to
// that buffer (buffer_exchange.hpp).

/// A sender's slots for one receiver. Not thread-safe.
class SenderSlots {
 public:
  virtual ~SenderSlots() = default;

  /// Returns the memory, one slot long, that the slot's next chunk is to be packed into. Where
  /// payloads are lent, take_out() changes it.
  virtual std::span<std::byte> memory(std::uint32_t slot) const = 0;
  /// Takes a packed chunk out of its slot. Returns the number by which write() identifies it.
  virtual std::uint32_t take_out(std::uint32_t slot) = 0;
  /// Sends a chunk that was taken out. `taken` runs when the slot's memory may be reused: in band,
  /// when the socket has taken the whole chunk, and never if the connection closes first; lent, in
  /// a later turn of the event loop. It never runs within this call.
  virtual void write(Connection&, const MessageHeader&, std::uint32_t number,
                     std::uint64_t payload_bytes, std::function<void()> taken) = 0;
  /// Takes a credit message of a session in which `before` credits were granted so far. Returns
  /// whether a receiver may grant it; throws ProtocolError for a buffer that it cannot give back.
  virtual bool take_credit(std::uint64_t before, const MessageHeader& credit) = 0;
};

/// A chunk that is being read from a connection.
struct Landing {
  std::optional<std::uint32_t> slot;  ///< the slot taken for it, which must be given back
  ReferenceBytes reference{};         ///< the memory that a reference is read into
};

/// A receiver's slots for one sender. Slots are numbered over all senders. Not thread-safe.
class ReceiverSlots {
 public:
  virtual ~ReceiverSlots() = default;

  /// Returns the memory, header.payload_bytes long, that the payload of a chunk's message is to be
  /// read into: a slot's, or `reference` of the landing, which must outlive the reading. Throws
  /// ProtocolError for a chunk that has no place.
  virtual std::span<std::byte> place(const MessageHeader&, Landing&) = 0;
  /// Takes note that the message has been read. Returns how many bytes of payload lie in the
  /// landing's slot, which is taken now. Throws ProtocolError for a reference to a buffer that the
  /// sender may not refer to.
  virtual std::uint32_t landed(const MessageHeader&, Landing&) = 0;
  virtual void give_back(std::uint32_t slot) = 0;
  /// Returns how many chunks the sender may have on their way when a session begins, or nothing
  /// while buffers lent in an earlier session are still being read: credits follow when the last is
  /// released.
  virtual std::optional<std::uint64_t> first_credits() const = 0;
  /// Returns the index of the credit for a slot that was given back.
  virtual std::uint32_t credit_index(std::uint32_t slot) const = 0;
};

/// Makes a sender's slots. The event loop must outlive them; the options are copied.
std::unique_ptr<SenderSlots> make_sender_slots(const FlowOptions&, EventLoop&, SlotMemory);
/// Makes the slots of one receiver for sender number `sender`. The options must outlive them.
std::unique_ptr<ReceiverSlots> make_receiver_slots(const FlowOptions&, std::uint32_t sender,
                                                   SlotMemory);

}  // namespace splitbench
