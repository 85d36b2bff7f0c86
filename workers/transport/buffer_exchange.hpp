#pragma once
#include <cstdint>
#include <set>
#include <vector>

namespace splitbench {

// Where payloads go by reference, a chunk is sent by lending its buffer to the receiver, and a
// credit is a buffer that came back. A buffer has one owner at a time: the sender or the receiver.

/// A sender's view of a flow's slots + credits buffers. Each slot has a buffer at any time; the
/// others are lent, or spare, one for each credit that is left. Not thread-safe.
class LentBuffers {
 public:
  LentBuffers(std::uint32_t slots, std::uint32_t credits);

  /// Returns the buffer that the slot's next chunk is to be packed into.
  std::uint32_t of_slot(std::uint32_t slot) const { return of_slots_[slot]; }
  /// Lends the slot's buffer, and puts a spare one, which must exist, in its place. Returns the
  /// lent buffer.
  std::uint32_t lend(std::uint32_t slot);
  /// Makes a lent buffer spare again. Throws ProtocolError for a buffer that is not lent.
  void take_back(std::uint32_t buffer);
  /// Makes all lent buffers spare again: a session begins, and its receiver has released those of
  /// earlier ones.
  void take_all_back();

 private:
  std::vector<std::uint32_t> of_slots_;
  std::vector<std::uint32_t> spare_;
  std::vector<bool> lent_;
};

/// A receiver's view of a flow's buffers: the ones that were lent to it. Not thread-safe.
class BorrowedBuffers {
 public:
  BorrowedBuffers(std::uint32_t slots, std::uint32_t credits)
      : buffers_(slots + credits), credits_(credits) {}

  /// Takes note of a borrowed buffer. Throws ProtocolError for a number that no buffer has, for a
  /// buffer that is borrowed already, and for more buffers than credits.
  void borrow(std::uint32_t buffer);
  void give_back(std::uint32_t buffer) { borrowed_.erase(buffer); }
  bool none() const { return borrowed_.empty(); }

 private:
  std::uint32_t buffers_;
  std::uint32_t credits_;
  std::set<std::uint32_t> borrowed_;
};

}  // namespace splitbench
