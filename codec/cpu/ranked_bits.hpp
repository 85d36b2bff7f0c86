#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "codec/frame_layout.hpp"

namespace splitbench {

// Writing and reading a block's stream bit by bit, from the lowest bit of its first byte on.

class BitWriter {
 public:
  explicit BitWriter(std::vector<std::uint32_t>& words) : words_(words) {}

  /// Appends `count` bits, at most 32; the higher ones of `bits` are zero.
  void put(std::uint32_t bits, unsigned count) {
    pending_ |= std::uint64_t{bits} << pending_bits_;
    pending_bits_ += count;
    if (pending_bits_ < 32) return;
    words_.push_back(static_cast<std::uint32_t>(pending_));
    pending_ >>= 32;
    pending_bits_ -= 32;
  }

  /// Appends zeros up to the next multiple of `bits` bits.
  void end_unit(unsigned bits) { put(0, (bits - pending_bits_ % bits) % bits); }

 private:
  std::vector<std::uint32_t>& words_;
  std::uint64_t pending_ = 0;
  unsigned pending_bits_ = 0;
};

/// Reads a block's stream, at most as much as a block can have, and zeros behind its end.
class BitReader {
 public:
  explicit BitReader(std::span<const std::byte> bytes) : end_(8 * bytes.size()) {
    std::ranges::copy(bytes.first(std::min(bytes.size(), kMost)), bytes_.begin());
    const auto from = bytes_.begin() + static_cast<std::ptrdiff_t>(std::min(bytes.size(), kMost));
    std::fill(from, bytes_.end(), std::byte{0});
  }

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
  /// Skips to the next multiple of `bits` bits. Returns whether only zeros were skipped.
  bool end_unit(unsigned bits) {
    return take(static_cast<unsigned>((bits - at_ % bits) % bits)) == 0;
  }
  bool at_end() const { return at_ == end_; }

 private:
  static constexpr std::size_t kMost = 4 * ranked_block_words(ElementType::bf16);
  static_assert(ranked_block_words(ElementType::fp8_e5m2) <= kMost / 4);

  std::array<std::byte, kMost + 8> bytes_;
  std::uint64_t at_ = 0;
  std::uint64_t end_;
};

}  // namespace splitbench
