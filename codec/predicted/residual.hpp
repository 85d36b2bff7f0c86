#pragma once
#include <bit>
#include <cstdint>

#include "codec/predicted_format.hpp"

namespace splitbench {

// The arithmetic between a prediction and a symbol: codec/FORMAT.md. Everything here also runs in
// kernels, and is of integers alone.

/// A prediction counts 256ths of its channel's scale, and is at most this far from 0: so what a
/// rotation makes of two, and a factor of at most 4 of that, stay within 32 bits.
inline constexpr std::int32_t kMaxPrediction = (1 << 16) - 1;

constexpr std::int32_t clamp_prediction(std::int64_t value) {
  return static_cast<std::int32_t>(value < -kMaxPrediction  ? -kMaxPrediction
                                   : value > kMaxPrediction ? kMaxPrediction
                                                            : value);
}

/// A multiplier is at most this large, so that a scaled sum fits 32 bits.
inline constexpr std::int32_t kMaxMultiplier = 1 << 25;

/// Bounds of scales, within which floats bring values to units of them.
inline constexpr std::int16_t kLowestLogScale = -16 * 110, kHighestLogScale = 16 * 120;

/// The scale of what is left of a channel when its prediction is taken away, and what brings sums
/// of products to 256ths of it.
struct PredictedChannel {
  std::int32_t multiplier = 0;  ///< of the sum, by 2^-24; at most kMaxMultiplier in size
  std::int32_t bias = 0;        ///< in 256ths, at most kMaxPrediction in size
  std::int16_t log_scale = 0;   ///< 16 times the logarithm to base 2, within the bounds above

  bool operator==(const PredictedChannel&) const = default;
};

/// Returns what a channel's sum of products predicts, before RoPE.
constexpr std::int32_t scaled(std::int32_t sum, const PredictedChannel& channel) {
  return clamp_prediction((std::int64_t{sum} * channel.multiplier >> 24) + channel.bias);
}

/// The sizes of predictions that have tables of their own: half octaves, from below 3/16 of the
/// scale to 24 times it and more.
inline constexpr unsigned kSizeClasses = 16;

constexpr unsigned size_class(std::int32_t prediction) {
  const std::uint32_t size =
      prediction < 0 ? 0u - static_cast<std::uint32_t>(prediction) : prediction;
  const int width = std::bit_width(size);
  if (width < 6) return 0;
  const int half_octaves = 2 * (width - 6) + static_cast<int>(size >> (width - 2) & 1);
  return half_octaves < 15 ? static_cast<unsigned>(half_octaves) : 15;
}

/// A context is a class of sizes and, in the lowest bit, the half of its octave in which the
/// channel's scale lies.
inline constexpr unsigned kContexts = 2 * kSizeClasses;

/// A symbol is, from the highest bit down, whether the element's sign is not the prediction's, its
/// exponent's distance from the channel's lowest, and its highest mantissa bit.
inline constexpr unsigned kSymbols = 128;
/// The distance of exponents that stand beside the streams.
inline constexpr unsigned kFarExponent = 31;

/// The place of a channel's exponents.
struct ExponentRange {
  std::int32_t lowest;     ///< the exponent at distance 0, which may be below 0
  std::uint32_t fraction;  ///< the lowest bit of the context
};

/// Returns the range that reaches from 22 octaves below a channel's scale to 8 above it.
constexpr ExponentRange exponent_range(std::int32_t log_scale) {
  return {.lowest = 127 + (log_scale >> 4) - 22,
          .fraction = static_cast<std::uint32_t>(log_scale >> 3 & 1)};
}

constexpr std::uint32_t symbol_of(std::uint32_t element, bool negative, std::int32_t lowest) {
  const std::int32_t distance = static_cast<std::int32_t>(element >> 7 & 0xff) - lowest;
  const bool far = distance < 0 || distance >= static_cast<std::int32_t>(kFarExponent);
  const std::uint32_t middle = far ? kFarExponent : static_cast<std::uint32_t>(distance);
  return (element >> 15 ^ static_cast<std::uint32_t>(negative)) << 6 | middle << 1 |
         (element >> 6 & 1);
}

constexpr std::uint32_t distance_of(std::uint32_t symbol) {
  return symbol >> 1 & kFarExponent;
}

/// Returns the symbol with the same sign and mantissa bit for an exponent that stands elsewhere.
constexpr std::uint32_t far_symbol(std::uint32_t symbol) {
  return symbol | kFarExponent << 1;
}

/// Returns the element of a symbol, its exponent and its six lowest bits.
constexpr std::uint32_t element_of(std::uint32_t symbol, bool negative, std::uint32_t exponent,
                                   std::uint32_t lowest_bits) {
  const std::uint32_t sign = symbol >> 6 ^ static_cast<std::uint32_t>(negative);
  return sign << 15 | exponent << 7 | (symbol & 1) << 6 | lowest_bits;
}

}  // namespace splitbench
