#include "codec/predicted/prediction.hpp"

#include <algorithm>

namespace splitbench {
TensorPrediction::TensorPrediction(const Predictor& predictor, std::uint32_t layer, Fit fit,
                                   const References& references, const TokenRotations& rotations,
                                   std::uint32_t tokens, const Adjustments* adjustments)
    : predictor_(predictor),
      fit_(predictor.layers[layer].fits[static_cast<std::size_t>(fit)]),
      rotated_(fit != Fit::value_mean && fit != Fit::value_from_before &&
               predictor.rope != RopeStyle::none),
      adjusted_(adjustments != nullptr),
      rotations_(rotations),
      features_(features_of(predictor, layer, fit, references, rotations_, tokens)) {
  for (const FrameChannel& channel : adjusted(fit_.channels, adjustments)) {
    channels_.push_back(channel.channel);
    biases_.push_back(channel.channel.bias);
    factors_.push_back(channel.factor);
    lowest_.push_back(channel.exponents.lowest);
    fraction_.push_back(static_cast<std::int32_t>(channel.exponents.fraction));
  }
}

void TensorPrediction::predict_before_rope(const PredictedArea& area, std::int32_t* out) const {
  const std::uint32_t width = features_.width;
  for (std::uint32_t token = 0; token < area.tokens; ++token) {
    std::int32_t* const row = out + std::size_t{token} * area.channels;
    if (width == 0) {
      std::copy_n(biases_.begin() + area.first_channel, area.channels, row);
      continue;
    }
    sums_of_products(features_.at(area.first_token + token),
                     fit_.map.data() + std::size_t{area.first_channel} * width, width,
                     area.channels, row);
    for (std::uint32_t i = 0; i < area.channels; ++i)
      row[i] = scaled(row[i], channels_[area.first_channel + i]);
  }
}

void rotate_heads(RopeStyle rope, std::uint32_t head_dim, std::uint32_t pairs,
                  const Rotation* rotations, std::span<std::int32_t> row) {
  for (std::size_t head = 0; head < row.size(); head += head_dim) {
    std::int32_t* const channels = row.data() + head;
    if (rope == RopeStyle::halves) {
      rotate_halves(channels, channels + head_dim / 2, rotations, pairs);
    } else {
      rotate_neighbours(channels, rotations, pairs);
    }
  }
}

void TensorPrediction::predict(const PredictedArea& area, std::int32_t* out) const {
  predict_before_rope(area, out);
  for (std::uint32_t token = 0; token < area.tokens; ++token) {
    std::int32_t* const row = out + std::size_t{token} * area.channels;
    if (rotated_)
      rotate_heads(predictor_.rope, predictor_.head_dim, predictor_.rotations.pairs(),
                   rotations_.at(area.first_token + token), {row, area.channels});
    if (adjusted_) apply_factors(row, factors_.data() + area.first_channel, area.channels);
  }
}

}  // namespace splitbench
