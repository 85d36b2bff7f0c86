#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "codec/predicted/adjustments.hpp"
#include "codec/predicted/features.hpp"
#include "codec/predicted/vector_strip.hpp"

namespace splitbench {

/// Some channels of some tokens in a row.
struct PredictedArea {
  std::uint32_t first_token;
  std::uint32_t tokens;
  std::uint32_t first_channel;  ///< the first of a head
  std::uint32_t channels;       ///< whole heads
};

/// Rotates a row of predictions, whole heads, in place.
void rotate_heads(RopeStyle rope, std::uint32_t head_dim, std::uint32_t pairs,
                  const Rotation* rotations, std::span<std::int32_t> row);

/// The predictions of a layer's tensor. It refers to the predictor and the rotations, which outlive
/// it, and copies what it needs of the references. Threads may share one.
class TensorPrediction {
 public:
  /// The references are as many as the fit takes, the layer is one of the predictor. Without
  /// adjustments the predictor's own means and scales hold.
  TensorPrediction(const Predictor& predictor, std::uint32_t layer, Fit fit,
                   const References& references, const TokenRotations& rotations,
                   std::uint32_t tokens, const Adjustments* adjustments);

  /// Writes predictions in 256ths of their channel's scale, [token][channel].
  void predict(const PredictedArea& area, std::int32_t* out) const;
  /// Writes what was predicted before RoPE, and without factors.
  void predict_before_rope(const PredictedArea& area, std::int32_t* out) const;

  /// Returns the ranges of the exponents from a channel on.
  RowExponents exponents(std::uint32_t channel) const {
    return {lowest_.data() + channel, fraction_.data() + channel};
  }

 private:
  const Predictor& predictor_;
  const LayerFit& fit_;
  const bool rotated_;
  const bool adjusted_;
  const TokenRotations& rotations_;
  const FeatureMatrix features_;
  std::vector<PredictedChannel> channels_;
  std::vector<std::int32_t> biases_, factors_, lowest_, fraction_;
};

}  // namespace splitbench
