#include "workers/transport/payload_slots.hpp"

#include <fmt/format.h>
#include <utility>
#include <vector>

#include "workers/transport/buffer_exchange.hpp"

namespace splitbench {
namespace {

void check_size(std::uint64_t payload_bytes, const FlowOptions& options) {
  if (payload_bytes > options.slot_bytes)
    throw ProtocolError(fmt::format("a chunk of {} bytes is larger than a slot", payload_bytes));
}

class InBandSenderSlots final : public SenderSlots {
 public:
  explicit InBandSenderSlots(SlotMemory slots) : slots_(std::move(slots)) {}

  std::span<std::byte> memory(std::uint32_t slot) const override { return slots_(slot); }
  std::uint32_t take_out(std::uint32_t slot) override { return slot; }
  void write(Connection& stream, const MessageHeader& header, std::uint32_t slot,
             std::uint64_t payload_bytes, std::function<void()> taken) override {
    stream.send(header, slots_(slot).first(payload_bytes), std::move(taken));
  }
  bool take_credit(std::uint64_t, const MessageHeader&) override { return true; }

 private:
  const SlotMemory slots_;
};

class LentSenderSlots final : public SenderSlots {
 public:
  LentSenderSlots(const FlowOptions& options, EventLoop& loop, SlotMemory slots)
      : loop_(loop),
        slots_(std::move(slots)),
        credits_(options.credits),
        buffers_(options.slots, options.credits) {}

  std::span<std::byte> memory(std::uint32_t slot) const override {
    return slots_(buffers_.of_slot(slot));
  }
  std::uint32_t take_out(std::uint32_t slot) override { return buffers_.lend(slot); }
  void write(Connection& stream, const MessageHeader& header, std::uint32_t buffer,
             std::uint64_t payload_bytes, std::function<void()> taken) override {
    stream.send(header, write_reference({buffer, static_cast<std::uint32_t>(payload_bytes)}));
    loop_.post(std::move(taken));
  }
  bool take_credit(std::uint64_t before, const MessageHeader& credit) override {
    if (credit.link_chunk != (before == 0 ? credits_ : before + 1)) return false;
    before == 0 ? buffers_.take_all_back() : buffers_.take_back(credit.index);
    return true;
  }

 private:
  EventLoop& loop_;
  const SlotMemory slots_;
  const std::uint64_t credits_;
  LentBuffers buffers_;
};

class InBandReceiverSlots final : public ReceiverSlots {
 public:
  InBandReceiverSlots(const FlowOptions& options, std::uint32_t sender, SlotMemory slots)
      : options_(options), slots_(std::move(slots)) {
    for (std::uint32_t i = 0; i < options.credits; ++i)
      free_.push_back(sender * options.credits + i);
  }

  std::span<std::byte> place(const MessageHeader& header, Landing& landing) override {
    if (free_.empty()) throw ProtocolError("a sender sent a chunk without a credit");
    check_size(header.payload_bytes, options_);
    landing.slot = free_.back();
    free_.pop_back();
    return slots_(*landing.slot).first(header.payload_bytes);
  }
  std::uint32_t landed(const MessageHeader& header, Landing&) override {
    return header.payload_bytes;
  }
  void give_back(std::uint32_t slot) override { free_.push_back(slot); }
  std::optional<std::uint64_t> first_credits() const override { return free_.size(); }
  std::uint32_t credit_index(std::uint32_t) const override { return 0; }

 private:
  const FlowOptions& options_;
  const SlotMemory slots_;
  std::vector<std::uint32_t> free_;
};

class LentReceiverSlots final : public ReceiverSlots {
 public:
  LentReceiverSlots(const FlowOptions& options, std::uint32_t sender)
      : options_(options),
        first_buffer_(sender * (options.slots + options.credits)),
        borrowed_(options.slots, options.credits) {}

  std::span<std::byte> place(const MessageHeader& header, Landing& landing) override {
    if (header.payload_bytes != landing.reference.size())
      throw ProtocolError(fmt::format("a reference of {} bytes", header.payload_bytes));
    return landing.reference;
  }
  std::uint32_t landed(const MessageHeader&, Landing& landing) override {
    const PayloadReference reference = read_reference(landing.reference);
    check_size(reference.payload_bytes, options_);
    borrowed_.borrow(reference.buffer);
    landing.slot = first_buffer_ + reference.buffer;
    return reference.payload_bytes;
  }
  void give_back(std::uint32_t slot) override { borrowed_.give_back(slot - first_buffer_); }
  std::optional<std::uint64_t> first_credits() const override {
    if (!borrowed_.none()) return std::nullopt;
    return options_.credits;
  }
  std::uint32_t credit_index(std::uint32_t slot) const override { return slot - first_buffer_; }

 private:
  const FlowOptions& options_;
  const std::uint32_t first_buffer_;
  BorrowedBuffers borrowed_;
};

}  // namespace

std::unique_ptr<SenderSlots> make_sender_slots(const FlowOptions& options, EventLoop& loop,
                                               SlotMemory slots) {
  if (options.payload == Payload::in_band)
    return std::make_unique<InBandSenderSlots>(std::move(slots));
  return std::make_unique<LentSenderSlots>(options, loop, std::move(slots));
}

std::unique_ptr<ReceiverSlots> make_receiver_slots(const FlowOptions& options, std::uint32_t sender,
                                                   SlotMemory slots) {
  if (options.payload == Payload::in_band)
    return std::make_unique<InBandReceiverSlots>(options, sender, std::move(slots));
  return std::make_unique<LentReceiverSlots>(options, sender);
}

}  // namespace splitbench
