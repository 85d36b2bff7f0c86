#include "codec/predicted/prediction.hpp"

#include <algorithm>

namespace splitbench {
namespace {

/// Returns the sum of products, which fits: kMaxPredictedRow.
std::int32_t sum_of_products(const std::int8_t* a, const std::int8_t* b, std::uint32_t count) {
  std::int32_t sum = 0;
  for (std::uint32_t i = 0; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace

TensorPrediction::TensorPrediction(const Predictor& predictor, std::uint32_t layer, Fit fit,
                                   const References& references, const Pages& pages,
                                   std::uint32_t tokens, const Adjustments* adjustments)
    : predictor_(predictor),
      fit_(predictor.layers[layer].fits[static_cast<std::size_t>(fit)]),
      rotated_(fit != Fit::value_mean && fit != Fit::value_from_before &&
               predictor.rope != RopeStyle::none),
      adjusted_(adjustments != nullptr),
      rotations_(predictor.rotations, pages, tokens),
      features_(features_of(predictor, layer, fit, references, rotations_, tokens)),
      channels_(adjusted(fit_.channels, adjustments)) {}

void TensorPrediction::predict_before_rope(const PredictedArea& area, std::int32_t* out) const {
  const std::uint32_t width = features_.width;
  for (std::uint32_t token = 0; token < area.tokens; ++token) {
    const std::int8_t* const features = features_.at(area.first_token + token);
    for (std::uint32_t i = 0; i < area.channels; ++i) {
      const std::uint32_t channel = area.first_channel + i;
      const std::int8_t* const weights = fit_.map.data() + std::size_t{channel} * width;
      out[token * area.channels + i] =
          scaled(sum_of_products(features, weights, width), channels_[channel].channel);
    }
  }
}

void rotate_heads(RopeStyle rope, std::uint32_t head_dim, std::uint32_t pairs,
                  const Rotation* rotations, std::span<std::int32_t> row) {
  for (std::size_t head = 0; head < row.size(); head += head_dim) {
    for (std::uint32_t pair = 0; pair < pairs; ++pair) {
      const auto [first, second] = channel_pair(rope, head_dim, pair);
      const std::int32_t a = row[head + first], b = row[head + second];
      const std::int32_t cosine = rotations[pair].cosine, sine = rotations[pair].sine;
      row[head + first] = (a * cosine - b * sine) >> kRotationBits;
      row[head + second] = (b * cosine + a * sine) >> kRotationBits;
    }
  }
}

void TensorPrediction::predict(const PredictedArea& area, std::int32_t* out) const {
  predict_before_rope(area, out);
  for (std::uint32_t token = 0; token < area.tokens && rotated_; ++token)
    rotate_heads(predictor_.rope, predictor_.head_dim, predictor_.rotations.pairs(),
                 rotations_.at(area.first_token + token),
                 {out + token * area.channels, area.channels});
  if (!adjusted_) return;
  for (std::uint32_t token = 0; token < area.tokens; ++token) {
    for (std::uint32_t i = 0; i < area.channels; ++i) {
      std::int32_t& prediction = out[token * area.channels + i];
      prediction = prediction * channels_[area.first_channel + i].factor >> 12;
    }
  }
}

}  // namespace splitbench
