#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <thread>
#include <vector>

#include "codec/frame.hpp"

namespace splitbench {

/// Consecutive tiles of a tensor: one thread's share of it.
struct TileRange {
  std::uint64_t begin;
  std::uint64_t end;
};

/// Their elements' bytes.
template <typename Byte>
std::span<Byte> tiles_of(std::span<Byte> raw, TileRange range, unsigned element_bytes) {
  const std::uint64_t begin = range.begin * kTileElements * element_bytes;
  const std::uint64_t end =
      std::min<std::uint64_t>(range.end * kTileElements * element_bytes, raw.size());
  return raw.subspan(begin, end - begin);
}

/// A thread is to have several times the work of starting it: 2 MiB of bf16.
inline constexpr std::uint64_t kTilesWorthAThread = 64;

/// How many threads these tiles are worth.
inline unsigned range_count(std::uint64_t tiles, unsigned threads) {
  const std::uint64_t worth = std::max<std::uint64_t>(tiles / kTilesWorthAThread, 1);
  return static_cast<unsigned>(std::clamp<std::uint64_t>(threads, 1, worth));
}

/// The share of one of `count` threads.
inline TileRange tile_range(std::uint64_t tiles, unsigned count, unsigned number) {
  return {.begin = tiles * number / count, .end = tiles * (number + 1) / count};
}

/// Calls work(number, range) for each of `count` ranges, the first of them on this thread and all
/// at once. Throws what the first of those that failed threw, when all have ended.
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

}  // namespace splitbench
