#pragma once
#include <cstdint>

namespace splitbench {

/// The jitter of one chunk, uniform in [0, bound]: the same for a seed, a flow and a chunk's
/// number, whoever asks and whenever. The mixing is that of SplitMix64.
inline std::int64_t jitter_of(std::uint64_t seed, std::uint32_t flow, std::uint64_t chunk,
                              std::int64_t bound) {
  if (bound == 0) return 0;
  constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15;
  std::uint64_t mixed = seed;
  for (const std::uint64_t part : {std::uint64_t{flow}, chunk}) {
    mixed += kStep * (part + 1);
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
    mixed ^= mixed >> 31;
  }
  const auto choices = static_cast<std::uint64_t>(bound) + 1;
  return static_cast<std::int64_t>(static_cast<unsigned __int128>(mixed) * choices >> 64);
}

}  // namespace splitbench
