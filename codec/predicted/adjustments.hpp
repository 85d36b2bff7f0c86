#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/predicted/residual.hpp"
#include "codec/predicted/rotation.hpp"

namespace splitbench {

/// A frame's own mean and scale of each channel, which follow a text that is unlike those that the
/// predictor was calibrated on. Both are of what is left when the prediction is taken away.
struct Adjustments {
  std::vector<std::int8_t> means;   ///< in 16ths of the scale, -32 to 31
  std::vector<std::int8_t> scales;  ///< in quarters of an octave, -8 to 7

  bool operator==(const Adjustments&) const = default;
};

/// The factors, by 2^12, that bring predictions to an adjusted scale: of -8 to 7 quarters.
inline constexpr std::array<std::int32_t, 16> kScaleFactors = {
    16384, 13777, 11585, 9742, 8192, 6889, 5793, 4871,
    4096,  3444,  2896,  2435, 2048, 1722, 1448, 1218};
// A rotated prediction is at most the square root of 2, below 1.5, times kMaxPrediction, but for
// how much longer than 1 a rotation may be.
static_assert(std::int64_t{kMaxPrediction} * kLongestRotation / (1 << kRotationBits) * 3 / 2 *
                  kScaleFactors[0] <
              std::int64_t{1} << 31);
inline constexpr std::int32_t kNoFactor = kScaleFactors[8];

/// Writes the adjustments of a row as they lie in a frame: means, then scales.
void write_adjustments(const Adjustments& adjustments, std::byte* out);

/// Reads the adjustments of a row. Bits that fill up are not looked at.
Adjustments read_adjustments(const std::byte* from, std::uint32_t row);

/// A channel as a frame predicts it.
struct FrameChannel {
  PredictedChannel channel;  ///< the predictor's, with the frame's mean in its bias
  std::int32_t factor;       ///< of the prediction, behind RoPE
  ExponentRange exponents;
};

/// Returns the channels of a fit with a frame's adjustments, or without any.
std::vector<FrameChannel> adjusted(std::span<const PredictedChannel> channels,
                                   const Adjustments* adjustments);

}  // namespace splitbench
