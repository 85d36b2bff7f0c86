#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "codec/predicted/adjustments.hpp"
#include "codec/predicted/features.hpp"

namespace splitbench {

/// The tokens from which on a frame has means and scales of its own: then they bring more than they
/// cost, where its text is unlike those of the calibration.
inline constexpr std::uint32_t kAdjustedTokens = 128;

/// The tokens that tell them.
inline constexpr std::uint32_t kAdjustmentSample = 256;

/// Returns the adjustments that suit a frame, or nothing if it is too short. Integers decide, from
/// values that are the same on every machine.
std::optional<Adjustments> adjustments_for(std::span<const std::uint16_t> elements,
                                           const Predictor& predictor, std::uint32_t layer, Fit fit,
                                           const References& references, const Pages& pages);

/// Returns the factor that brings a value to 256ths of a scale: 2^8 / 2^(log_scale / 16), the same
/// float on every machine.
float units_of_scale(std::int32_t log_scale);

}  // namespace splitbench
