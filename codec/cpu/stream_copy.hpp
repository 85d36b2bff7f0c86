#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace splitbench {

/// From this size on, what is written is thought to leave the caches before it is read.
inline constexpr std::size_t kStreamedBytes = std::size_t{16} << 20;

/// Copies past the caches: right for what is larger than they are, because a line of memory that is
/// written whole need not be read first. An ordinary copy where a machine has no such stores.
void stream_copy(std::span<const std::byte> from, std::byte* to);

/// Only after this may another thread be told of what was copied.
void flush_stream();

/// Copies, past the caches or not, and returns the digest; memory is read once.
std::uint64_t copy_and_digest(std::span<const std::byte> from, std::byte* to,
                              std::uint64_t first_position, bool streams);

}  // namespace splitbench
