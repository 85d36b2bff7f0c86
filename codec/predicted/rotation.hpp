#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace splitbench {

/// The pairs of channels of a head that RoPE rotates; the values are part of predictor files.
enum class RopeStyle : std::uint8_t {
  none = 0,         ///< K keeps no position: it is predicted as V is
  halves = 1,       ///< channel c with channel c + head_dim / 2
  interleaved = 2,  ///< channel 2c with channel 2c + 1
};

/// A cosine and a sine, times 2^14.
struct Rotation {
  std::int16_t cosine;
  std::int16_t sine;

  bool operator==(const Rotation&) const = default;
};

inline constexpr unsigned kRotationBits = 14;
inline constexpr unsigned kDigitBits = 7;
inline constexpr unsigned kDigitValues = 1u << kDigitBits;
inline constexpr unsigned kDigits = 3;

/// Returns the rotation by both angles, with each part rounded to the next multiple, a half up.
constexpr Rotation operator*(Rotation a, Rotation b) {
  constexpr std::int32_t kHalf = 1 << (kRotationBits - 1);
  return {
      static_cast<std::int16_t>((a.cosine * b.cosine - a.sine * b.sine + kHalf) >> kRotationBits),
      static_cast<std::int16_t>((a.sine * b.cosine + a.cosine * b.sine + kHalf) >> kRotationBits)};
}

/// The rotations of RoPE as integers, so that every machine has the same: a position has three
/// digits of seven bits, and its rotation is the product of theirs. Whatever makes a model's
/// frequencies, a theta, scaling or a list, is over before the tables are made.
class Rotations {
 public:
  /// No pair is rotated.
  Rotations() = default;
  /// Makes tables for pairs of these angles a position, which are finite.
  explicit Rotations(std::span<const double> frequencies);
  /// Takes tables as table() returns them, of so many pairs.
  Rotations(std::vector<Rotation> table, std::uint32_t pairs);

  /// Returns the pairs of a head; channels beyond them are not rotated.
  std::uint32_t pairs() const { return pairs_; }
  /// Returns the rotations of all values of the lowest digit, pair by pair, then of the others.
  std::span<const Rotation> table() const { return table_; }

  /// Fills rows, as long as there are pairs, with the rotations of positions in a row.
  void at(std::uint32_t first_position, std::span<Rotation> rows) const;

  bool operator==(const Rotations&) const = default;

 private:
  const Rotation* digit(unsigned number, std::uint32_t position) const;

  std::uint32_t pairs_ = 0;
  std::vector<Rotation> table_;
};

/// Returns whether rotations turn and do not stretch, but for rounding: none is longer than 2^14
/// + 2. The product of three is then shorter than kLongestRotation.
bool valid(std::span<const Rotation> table);

inline constexpr std::int32_t kLongestRotation = (1 << kRotationBits) + 16;

}  // namespace splitbench
