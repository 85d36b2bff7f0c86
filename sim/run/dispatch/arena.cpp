#include "sim/run/dispatch/arena.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>

namespace splitbench {

std::optional<std::uint64_t> Arena::take(std::uint64_t bytes) {
  bytes = rounded(bytes);
  const auto gap = std::ranges::find_if(free_, [&](const auto& g) { return g.second >= bytes; });
  if (gap == free_.end()) return std::nullopt;
  const auto [offset, size] = *gap;
  free_.erase(gap);
  if (size > bytes) free_[offset + bytes] = size - bytes;
  return offset;
}

void Arena::give_back(std::uint64_t offset, std::uint64_t bytes) {
  auto gap = free_.emplace(offset, rounded(bytes)).first;
  if (const auto next = std::next(gap);
      next != free_.end() && gap->first + gap->second == next->first) {
    gap->second += next->second;
    free_.erase(next);
  }
  if (gap == free_.begin()) return;
  const auto previous = std::prev(gap);
  assert(previous->first + previous->second <= gap->first);
  if (previous->first + previous->second == gap->first) {
    previous->second += gap->second;
    free_.erase(gap);
  }
}

}  // namespace splitbench
