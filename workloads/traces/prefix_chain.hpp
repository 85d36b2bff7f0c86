#pragma once
#include <cstdint>

namespace splitbench {

/// The id of a block that follows a prefix: it stands for both. Mixed so that two of a billion
/// prefixes have the same by accident with a chance of 3%, and two of a million never will.
inline std::uint64_t chained(std::uint64_t prefix, std::uint64_t block) {
  std::uint64_t x = (prefix ^ (prefix >> 29)) * 0x9e3779b97f4a7c15 + block + 0x632be59bd9b4e019;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace splitbench
