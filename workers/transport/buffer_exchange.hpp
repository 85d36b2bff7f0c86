#pragma once
#include <cstdint>
#include <set>
#include <vector>

namespace splitbench {

// Where payloads go by reference, a chunk is sent by lending its buffer to the receiver, and a
// credit is a buffer that came back. A buffer has one owner at a time: the sender or the receiver.

/// A sender's view of a flow's buffers. Each of its slots has a buffer at any time, and the rest
/// are lent or spare: a spare one for each credit.
class LentBuffers {
 public:
  LentBuffers(std::uint32_t slots, std::uint32_t credits);

  /// What the slot's next chunk is to be packed into.
  std::uint32_t of_slot(std::uint32_t slot) const { return of_slots_[slot]; }
  /// Lends the slot's buffer, and puts a spare one, of which there must be one, in its place.
  std::uint32_t lend(std::uint32_t slot);
  /// Throws ProtocolError for a buffer that is not lent.
  void take_back(std::uint32_t buffer);
  /// A session begins, and its receiver has nothing of the ones before.
  void take_all_back();

 private:
  std::vector<std::uint32_t> of_slots_;
  std::vector<std::uint32_t> spare_;
  std::vector<bool> lent_;
};

/// A receiver's view: which buffers were lent to it.
class BorrowedBuffers {
 public:
  BorrowedBuffers(std::uint32_t slots, std::uint32_t credits)
      : buffers_(slots + credits), credits_(credits) {}

  /// Throws ProtocolError for a buffer that there is not, for one that is borrowed already, and for
  /// more than there are credits.
  void borrow(std::uint32_t buffer);
  void give_back(std::uint32_t buffer) { borrowed_.erase(buffer); }
  bool none() const { return borrowed_.empty(); }

 private:
  std::uint32_t buffers_;
  std::uint32_t credits_;
  std::set<std::uint32_t> borrowed_;
};

}  // namespace splitbench
