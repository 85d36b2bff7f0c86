#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <numeric>
#include <span>
#include <thread>
#include <vector>

#include "codec/cpu/sections.hpp"
#include "codec/frame.hpp"

namespace splitbench {

/// Consecutive tiles of a tensor, which are one thread's share of it.
struct TileRange {
  std::uint64_t begin;
  std::uint64_t end;
};

/// Returns the bytes of the elements in a range of tiles; the tensor's last tile may be shorter.
template <typename Byte>
std::span<Byte> tiles_of(std::span<Byte> raw, TileRange range, unsigned element_bytes) {
  const std::uint64_t begin = range.begin * kTileElements * element_bytes;
  const std::uint64_t end =
      std::min<std::uint64_t>(range.end * kTileElements * element_bytes, raw.size());
  return raw.subspan(begin, end - begin);
}

/// The number of tiles that are worth a thread, 2 MiB of bf16: several times the work of starting
/// it.
inline constexpr std::uint64_t kTilesWorthAThread = 64;

/// Returns the number of threads that so many tiles are worth, from 1 to `threads`.
inline unsigned range_count(std::uint64_t tiles, unsigned threads) {
  const std::uint64_t worth = std::max<std::uint64_t>(tiles / kTilesWorthAThread, 1);
  return static_cast<unsigned>(std::clamp<std::uint64_t>(threads, 1, worth));
}

/// Returns the share of thread `number` of `count`.
inline TileRange tile_range(std::uint64_t tiles, unsigned count, unsigned number) {
  return {.begin = tiles * number / count, .end = tiles * (number + 1) / count};
}

/// Calls work(number, range) for each of `count` ranges at the same time, the first on this thread
/// and each other on a thread of its own. Returns when all have ended; if calls failed, it throws
/// what the one with the lowest number threw.
template <typename Work>
void for_each_range(std::uint64_t tiles, unsigned count, const Work& work) {
  std::vector<std::exception_ptr> failures(count);
  const auto run = [&](unsigned number) {
    try {
      work(number, tile_range(tiles, count, number));
    } catch (...) {
      failures[number] = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned number = 1; number < count; ++number) threads.emplace_back(run, number);
    run(0);
  }
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

/// Returns the sum of the results of work(range) over all ranges, as digests add up; otherwise it
/// works as for_each_range does.
template <typename Work>
std::uint64_t sum_of_ranges(std::uint64_t tiles, unsigned count, const Work& work) {
  std::vector<std::uint64_t> parts(count);
  for_each_range(tiles, count,
                 [&](unsigned number, TileRange range) { parts[number] = work(range); });
  return std::reduce(parts.begin(), parts.end());
}

/// The output of a range of tiles that has no fixed place in the frame: a part of the last section,
/// which holds records of escapes or words of a stream, and a share of the digest. Its tile ends
/// count from the first tile of the range until place_tails.
template <typename Unit>
struct EncodedRange {
  std::vector<Unit> tail;
  std::uint64_t digest = 0;
};

/// Returns the number of units in the last section.
template <typename Unit>
std::uint64_t units_of(const std::vector<EncodedRange<Unit>>& ranges) {
  std::uint64_t units = 0;
  for (const EncodedRange<Unit>& range : ranges) units += range.tail.size();
  return units;
}

template <typename Unit>
std::uint64_t digest_of(const std::vector<EncodedRange<Unit>>& ranges) {
  std::uint64_t digest = 0;
  for (const EncodedRange<Unit>& range : ranges) digest += range.digest;
  return digest;
}

/// Copies the tails of the ranges into `section` one after the other, and makes tile ends count
/// from the first tile of the tensor.
template <typename Unit>
void place_tails(const std::vector<EncodedRange<Unit>>& ranges, std::uint64_t tile_count,
                 std::byte* tile_ends, std::byte* section) {
  const auto count = static_cast<unsigned>(ranges.size());
  std::uint64_t before = 0;
  for (unsigned number = 0; number < count; ++number) {
    const TileRange range = tile_range(tile_count, count, number);
    for (std::uint64_t tile = range.begin; tile < range.end; ++tile)
      write_tile_end(tile_ends, tile, before + read_tile_end(tile_ends, tile));
    const std::span tail = ranges[number].tail;
    std::ranges::copy(std::as_bytes(tail), section + sizeof(Unit) * before);
    before += tail.size();
  }
}

}  // namespace splitbench
