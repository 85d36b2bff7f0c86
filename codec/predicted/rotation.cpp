#include "codec/predicted/rotation.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace splitbench {

Rotations::Rotations(std::span<const double> frequencies)
    : pairs_(static_cast<std::uint32_t>(frequencies.size())) {
  constexpr double kOne = 1 << kRotationBits;
  for (unsigned digit = 0; digit < kDigits; ++digit) {
    for (unsigned value = 0; value < kDigitValues; ++value) {
      const double position = std::uint32_t{value} << kDigitBits * digit;
      for (const double frequency : frequencies) {
        const double angle = std::remainder(position * frequency, 2 * std::numbers::pi);
        table_.push_back({static_cast<std::int16_t>(std::lround(kOne * std::cos(angle))),
                          static_cast<std::int16_t>(std::lround(kOne * std::sin(angle)))});
      }
    }
  }
}

Rotations::Rotations(std::vector<Rotation> table, std::uint32_t pairs)
    : pairs_(pairs), table_(std::move(table)) {}

const Rotation* Rotations::digit(unsigned number, std::uint32_t position) const {
  const std::uint32_t value = position >> kDigitBits * number & (kDigitValues - 1);
  return table_.data() + std::size_t{number * kDigitValues + value} * pairs_;
}

void Rotations::at(std::uint32_t first_position, std::span<Rotation> rows) const {
  std::vector<Rotation> above(pairs_);  // of the digits above the lowest
  const std::size_t count = rows.size() / pairs_;
  for (std::size_t i = 0; i < count; ++i) {
    const auto position = static_cast<std::uint32_t>(first_position + i);
    const Rotation* const low = digit(0, position);
    const Rotation* const middle = digit(1, position);
    const Rotation* const high = digit(2, position);
    if (i == 0 || position % kDigitValues == 0)
      for (std::uint32_t pair = 0; pair < pairs_; ++pair) above[pair] = high[pair] * middle[pair];
    Rotation* const row = rows.data() + i * pairs_;
    for (std::uint32_t pair = 0; pair < pairs_; ++pair) row[pair] = above[pair] * low[pair];
  }
}

bool valid(std::span<const Rotation> table) {
  constexpr std::int32_t kMost = (1 << kRotationBits) + 2;
  return std::ranges::all_of(table, [](Rotation rotation) {
    const std::int32_t cosine = rotation.cosine, sine = rotation.sine;
    return std::int64_t{cosine} * cosine + std::int64_t{sine} * sine <= kMost * kMost;
  });
}

}  // namespace splitbench
