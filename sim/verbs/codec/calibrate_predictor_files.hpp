#pragma once
#include <span>
#include <string>

#include "codec/predicted/predictor.hpp"

namespace splitbench {

/// Returns a predictor of this mode, calibrated on dumps of one model, of which two layers are in
/// memory at a time. Throws InputError, also for dumps that differ in geometry or RoPE.
Predictor calibrate_predictor_on(std::span<const std::string> dumps, PredictionMode mode);

}  // namespace splitbench
