#include "codec/digest.hpp"

#include <cstring>

namespace splitbench {

std::uint64_t digest(std::span<const std::byte> bytes, std::uint64_t first_position) {
  const std::size_t words = bytes.size() / 8;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < words; ++i) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data() + 8 * i, 8);
    sum += mix(word, first_position + i);
  }
  const std::span<const std::byte> rest = bytes.subspan(8 * words);
  if (rest.empty()) return sum;
  std::uint64_t word = 0;
  std::memcpy(&word, rest.data(), rest.size());
  return sum + mix(word, first_position + words);
}

}  // namespace splitbench
