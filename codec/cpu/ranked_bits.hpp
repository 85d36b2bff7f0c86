#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "codec/frame_layout.hpp"

namespace splitbench {

// Writing and reading a block's stream bit by bit, from the lowest bit of its first byte on.

/// The most bytes that a block's stream can have, and those that its levels, which stand before the
/// escapes, can have.
inline constexpr std::size_t kMostStreamBytes = 4 * ranked_block_words(ElementType::bf16);
inline constexpr std::size_t kMostLevelBytes = kMostStreamBytes - kRankedBlock;
static_assert(ranked_block_words(ElementType::fp8_e5m2) <= kMostStreamBytes / 4);

/// Room for the stream of a block, and for a word of 64 bits at its last bit.
using StreamBytes = std::array<std::byte, kMostStreamBytes + 16>;

class BitWriter {
 public:
  explicit BitWriter(std::byte* bytes) : bytes_(bytes) {}

  /// Appends `count` bits, at most 32; the higher ones of `bits` are zero.
  void put(std::uint32_t bits, unsigned count) {
    pending_ |= std::uint64_t{bits} << pending_bits_;
    pending_bits_ += count;
    if (pending_bits_ >= 32) store_word();
  }

  /// Stores what is left, with zeros behind it in its last byte. Returns the number of bits.
  std::uint64_t finish() {
    const std::uint64_t bits = 8 * at_ + pending_bits_;
    store_word();
    return bits;
  }

 private:
  void store_word() {
    const auto word = static_cast<std::uint32_t>(pending_);
    std::memcpy(bytes_ + at_, &word, sizeof word);
    at_ += sizeof word;
    pending_ >>= 32;
    pending_bits_ -= 32;
  }

  std::byte* bytes_;
  std::size_t at_ = 0;
  std::uint64_t pending_ = 0;
  unsigned pending_bits_ = 0;
};

/// Copies the stream of a block, at most as much as a block can have. Behind its end are zeros, as
/// far as levels are read.
inline void copy_stream(std::span<const std::byte> stream, StreamBytes& copy) {
  const std::size_t size = std::min(stream.size(), kMostStreamBytes);
  std::copy_n(stream.begin(), size, copy.begin());
  const std::size_t end = std::max(size, kMostLevelBytes) + 16;
  std::fill(copy.begin() + static_cast<std::ptrdiff_t>(size),
            copy.begin() + static_cast<std::ptrdiff_t>(end), std::byte{0});
}

class BitReader {
 public:
  explicit BitReader(const StreamBytes& bytes) : bytes_(bytes) {}

  /// Returns at least the next 32 bits, the first of them lowest.
  std::uint64_t peek() const {
    std::uint64_t word;
    std::memcpy(&word, &bytes_[at_ / 8], sizeof word);
    return word >> at_ % 8;
  }
  void skip(unsigned count) { at_ += count; }
  unsigned take(unsigned count) {
    const auto bits = static_cast<unsigned>(peek()) & ((1u << count) - 1);
    skip(count);
    return bits;
  }
  /// Returns the number of bits that were read.
  std::uint64_t bits() const { return at_; }

 private:
  const StreamBytes& bytes_;
  std::uint64_t at_ = 0;
};

}  // namespace splitbench
