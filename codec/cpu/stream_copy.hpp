#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace splitbench {

/// Output of this size in bytes, or more, is assumed to leave the caches before it is read.
inline constexpr std::size_t kStreamedBytes = std::size_t{16} << 20;

/// Returns the bytes of `whole` that lie behind `part`, at most as many as it has.
std::span<const std::byte> bytes_behind(std::span<const std::byte> whole,
                                        std::span<const std::byte> part);

/// Asks for bytes that will be read soon, a fourth at a time, so that memory delivers them while
/// others are worked on. A processor has few requests under way at once, and waits if there are
/// more.
class FetchAhead {
 public:
  explicit FetchAhead(std::span<const std::byte> bytes)
      : left_(bytes), step_(bytes.size() / 4 + 1) {}

  void ask();

 private:
  std::span<const std::byte> left_;
  std::size_t step_;
};

/// Copies past the caches, which pays for data larger than they are, because a line of memory that
/// is written whole need not be read first. It is an ordinary copy on a machine without such
/// stores.
void stream_copy(std::span<const std::byte> from, std::byte* to);

/// Orders the stores of stream_copy before all later ones of this thread; only after it may another
/// thread be notified of what was copied.
void flush_stream();

/// Copies, past the caches if `streams`, and returns the bytes' share in the digest of a frame of
/// this version; memory is read once, and the copy is flushed.
std::uint64_t copy_and_digest(std::span<const std::byte> from, std::byte* to,
                              std::uint64_t first_position, std::uint8_t version, bool streams);

}  // namespace splitbench
