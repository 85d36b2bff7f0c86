#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace splitbench {

/// Half of a mix: a bijection; shifts by 32 cost a GPU no instruction.
constexpr std::uint64_t scramble(std::uint64_t x) {
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93;
  return x ^ x >> 32;
}

/// What a position adds to its word before that is scrambled: a step more than the one before.
inline constexpr std::uint64_t kDigestStep = 0x9e3779b97f4a7c15;

constexpr std::uint64_t digest_salt(std::uint64_t position) {
  return (position + 1) * kDigestStep;
}

/// One 64-bit word's share of a digest (codec/FORMAT.md). For a fixed position it is a bijection of
/// the word, so a digest never misses a change of one word.
constexpr std::uint64_t mix(std::uint64_t word, std::uint64_t position) {
  return scramble(word + digest_salt(position));
}

/// The sum of mix over the data's little-endian words, the last one zero-extended. A sum has no
/// order: digest(whole) == digest(head) + digest(tail, words of head), if the head is whole words.
std::uint64_t digest(std::span<const std::byte> bytes, std::uint64_t first_position = 0);

inline std::uint64_t digest(std::span<const std::uint16_t> elements,
                            std::uint64_t first_position = 0) {
  return digest(std::as_bytes(elements), first_position);
}

}  // namespace splitbench
