#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace splitbench {

/// Returns the scrambled word: a bijection, and the part of mix that does not depend on the
/// position. Shifts by 32 cost a GPU no instruction.
constexpr std::uint64_t scramble(std::uint64_t x) {
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93;
  return x ^ x >> 32;
}

/// The difference between the salts of consecutive positions.
inline constexpr std::uint64_t kDigestStep = 0x9e3779b97f4a7c15;

/// Returns the salt that a position adds to its word before the word is scrambled.
constexpr std::uint64_t digest_salt(std::uint64_t position) {
  return (position + 1) * kDigestStep;
}

/// Returns one 64-bit word's share of a digest (codec/FORMAT.md). For a fixed position it is a
/// bijection of the word, so a digest never misses a change of one word.
constexpr std::uint64_t mix(std::uint64_t word, std::uint64_t position) {
  return scramble(word + digest_salt(position));
}

/// Returns the sum of mix over the little-endian words of `bytes`, which may begin at any address;
/// the last word is zero-extended. `first_position` is the number of words before them. A sum has
/// no order: digest(whole) == digest(head) + digest(tail, words of head), if the head is whole
/// words.
std::uint64_t digest(std::span<const std::byte> bytes, std::uint64_t first_position = 0);

inline std::uint64_t digest(std::span<const std::uint16_t> elements,
                            std::uint64_t first_position = 0) {
  return digest(std::as_bytes(elements), first_position);
}

}  // namespace splitbench
