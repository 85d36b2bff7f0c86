#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "codec/predicted/pages.hpp"
#include "codec/predicted/predictor.hpp"

namespace splitbench {

/// The KV cache of a text, as calibration reads it: a layer at a time, from the first on, so that
/// no more than two need be in memory.
struct CalibrationText {
  std::uint32_t tokens;
  Pages pages;
  /// Returns a tensor, token by token.
  std::function<std::vector<std::uint16_t>(std::uint32_t layer, TensorRole role)> read;
};

/// The model that a predictor is for, and how well it shall predict.
struct CalibrationModel {
  std::uint32_t layers;
  std::uint32_t heads;
  std::uint32_t head_dim;
  RopeStyle rope;
  std::vector<double> frequencies;  ///< angle of each pair of a head, a position
  PredictionMode mode;              ///< the best that the predictor will have
};

/// Returns the frequencies of RoPE without scaling.
std::vector<double> rope_frequencies(double theta, std::uint32_t head_dim);

/// Calibrates a predictor on texts, of which there is at least one, of two tokens or more. Scales
/// and tables come from predictions of texts by the others; a single text is cut in four. What
/// stands at position 0, which in many models is unlike all else, is not fitted. The result has
/// neither tool nor sources.
Predictor calibrate_predictor(const CalibrationModel& model,
                              std::span<const CalibrationText> texts);

}  // namespace splitbench
