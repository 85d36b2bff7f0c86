#include "codec/predicted/features.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace splitbench {
namespace {

float widened(std::uint16_t element) {
  return std::bit_cast<float>(std::uint32_t{element} << 16);
}

/// Writes the features of all tokens of a tensor from column `begin` on.
void add_features(const Predictor& predictor, std::uint32_t layer, TensorRole role,
                  std::span<const std::uint16_t> elements, const TokenRotations& rotations,
                  std::uint32_t begin, FeatureMatrix& matrix) {
  const std::uint32_t row = predictor.row();
  const auto& channels = predictor.layers[layer].features[static_cast<std::size_t>(role)];
  std::vector<float> values(row);
  for (std::uint32_t token = 0; token < elements.size() / row; ++token) {
    unrotate(predictor, role, elements.data() + std::size_t{token} * row, rotations.at(token),
             values);
    to_features(values, channels, matrix.values.data() + std::size_t{token} * matrix.width + begin);
  }
}

}  // namespace

TokenRotations::TokenRotations(const Predictor& predictor, Fit fit, const Pages& pages,
                               std::uint32_t tokens)
    : pairs_(fit == Fit::value_mean ? 0 : predictor.rotations.pairs()),
      rows_(std::size_t{tokens} * pairs_) {
  if (pairs_ == 0) return;
  const std::size_t page = std::size_t{pages.page_tokens} * pairs_;
  for (std::size_t i = 0; i < pages.first_positions.size(); ++i) {
    const std::span rows = std::span(rows_).subspan(i * page);
    predictor.rotations.at(pages.first_positions[i], rows.first(std::min(page, rows.size())));
  }
}

void unrotate(const Predictor& predictor, TensorRole role, const std::uint16_t* elements,
              const Rotation* rotations, std::span<float> values) {
  const bool rotated = role == TensorRole::key && predictor.rope != RopeStyle::none;
  if (!rotated) {
    for (std::size_t channel = 0; channel < values.size(); ++channel)
      values[channel] = widened(elements[channel]);
    return;
  }
  constexpr float kUnit = 1.0f / (1 << kRotationBits);
  const std::uint32_t dim = predictor.head_dim, pairs = predictor.rotations.pairs();
  for (std::uint32_t head = 0; head < predictor.heads; ++head) {
    const std::uint16_t* const from = elements + head * dim;
    float* const to = values.data() + head * dim;
    for (std::uint32_t channel = 0; channel < dim; ++channel) to[channel] = widened(from[channel]);
    for (std::uint32_t pair = 0; pair < pairs; ++pair) {
      const auto [first, second] = channel_pair(predictor.rope, dim, pair);
      const float x = to[first], y = to[second];
      const float cosine = static_cast<float>(rotations[pair].cosine) * kUnit;
      const float sine = static_cast<float>(rotations[pair].sine) * kUnit;
      to[first] = x * cosine + y * sine;
      to[second] = y * cosine - x * sine;
    }
  }
}

void to_features(std::span<const float> values, std::span<const FeatureChannel> channels,
                 std::int8_t* features) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float distance = values[i] - channels[i].center;
    const float scaled = distance * channels[i].scale;
    const float above = scaled > -127.0f ? scaled : -127.0f;  // also of NaN
    const float within = above < 127.0f ? above : 127.0f;
    features[i] = static_cast<std::int8_t>(std::nearbyint(within));
  }
}

FeatureMatrix features_of(const Predictor& predictor, std::uint32_t layer, Fit fit,
                          const References& references, const TokenRotations& rotations,
                          std::uint32_t tokens) {
  const FitSources sources = sources_of(fit);
  const std::uint32_t row = predictor.row();
  FeatureMatrix matrix{.width = sources.rows() * row, .values = {}};
  matrix.values.resize(std::size_t{tokens} * matrix.width);
  std::uint32_t column = 0;
  const auto add = [&](std::uint32_t of_layer, TensorRole role,
                       std::span<const std::uint16_t> elements) {
    add_features(predictor, of_layer, role, elements, rotations, column, matrix);
    column += row;
  };
  if (sources.before) {
    add(layer - 1, TensorRole::key, references.key_before);
    add(layer - 1, TensorRole::value, references.values_before);
  }
  if (sources.own_key) add(layer, TensorRole::key, references.own_key);
  if (sources.own_values) add(layer, TensorRole::value, references.own_values);
  return matrix;
}

}  // namespace splitbench
