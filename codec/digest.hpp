#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace splitbench {

// The two sums of codec/FORMAT.md. Both are of little-endian words, modulo 2^64, and have no order:
// pieces of memory may be summed in parallel. Everything constexpr here also runs in kernels.

/// The factor of scramble: an odd number.
inline constexpr std::uint64_t kScrambleFactor = 0xd6e8feb86659fd93;

/// Returns the scrambled word: a bijection, and the part of mix that does not depend on the
/// position. Shifts by 32 cost a GPU no instruction.
constexpr std::uint64_t scramble(std::uint64_t x) {
  x ^= x >> 32;
  x *= kScrambleFactor;
  return x ^ x >> 32;
}

/// The difference between the salts of consecutive positions.
inline constexpr std::uint64_t kSaltStep = 0x9e3779b97f4a7c15;

/// Returns the salt that a position adds to its word before the word is scrambled.
constexpr std::uint64_t salt(std::uint64_t position) {
  return (position + 1) * kSaltStep;
}

/// Returns one 64-bit word's share of a checksum; a bijection of the word for a fixed position.
constexpr std::uint64_t mix(std::uint64_t word, std::uint64_t position) {
  return scramble(word + salt(position));
}

/// Returns the sum of mix over the 64-bit words of `bytes`, which may begin at any address; the
/// last word is zero-extended. `first_position` is the number of words before them. Headers and
/// files of frames have checksums, and elements of frames of version 1; those of later ones have a
/// digest.
std::uint64_t checksum(std::span<const std::byte> bytes, std::uint64_t first_position = 0);

/// A strip is 2048 bytes whose digest has one key for each of its columns: four rows of 512 bytes,
/// and of each row a group of 16 bytes to a column. A row is as wide as a warp.
inline constexpr std::uint64_t kStripBytes = 2048;
inline constexpr std::uint64_t kStripRows = 4;
inline constexpr std::uint64_t kStripColumns = 32;

/// Returns the key of a column's 32-bit word, 4 * row + its number in its group; the 16 are odd and
/// different.
constexpr std::uint32_t word_key(std::uint64_t word) {
  return static_cast<std::uint32_t>(mix(0, word)) | 0x80000001;
}

/// All keys of a column's words.
struct WordKeys {
  std::uint32_t at[4 * kStripRows];
};

constexpr WordKeys word_keys() {
  WordKeys keys{};
  for (std::uint64_t i = 0; i < std::size(keys.at); ++i) keys.at[i] = word_key(i);
  return keys;
}

/// Returns the key of a column, counted from the first strip's first: an odd number.
constexpr std::uint64_t column_key(std::uint64_t column) {
  return mix(0, column) | 1;
}

/// Returns the column of a group, both counted from the first strip's first.
template <typename Count>
constexpr Count column_of(Count group) {
  constexpr Count kColumns = kStripColumns, kGroups = kStripRows * kStripColumns;
  return group / kGroups * kColumns + group % kColumns;
}

/// Returns a 64-bit word's share of a digest.
constexpr std::uint64_t digest_share(std::uint64_t word, std::uint64_t position) {
  const std::uint64_t group = position / 2;
  const std::uint64_t first = 4 * (group / kStripColumns % kStripRows) + 2 * (position % 2);
  const std::uint64_t column = column_of(group);
  return ((word & 0xffffffff) * word_key(first) + (word >> 32) * word_key(first + 1)) *
         column_key(column);
}

/// Returns the sum over the 32-bit words of `bytes`, each times its word's key and its column's.
/// `bytes` may begin at any address; the last word is zero-extended; `first_position` is the number
/// of 64-bit words before them. A change within one word is never missed. Digests of pieces add up:
/// digest(whole) == digest(head) + digest(tail, 64-bit words of head), if the head is whole words.
std::uint64_t digest(std::span<const std::byte> bytes, std::uint64_t first_position = 0);

inline std::uint64_t digest(std::span<const std::uint16_t> elements,
                            std::uint64_t first_position = 0) {
  return digest(std::as_bytes(elements), first_position);
}

}  // namespace splitbench
