#pragma once
#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "codec/predicted/calibration.hpp"
#include "codec/predicted/predictor_file.hpp"

namespace splitbench {

// Predictors and layers that tests of predicted frames share.

/// A model's geometry, as tests name it.
struct TestModel {
  std::uint32_t heads = 2;
  std::uint32_t head_dim = 32;
  RopeStyle rope = RopeStyle::halves;

  std::uint32_t row() const { return heads * head_dim; }
};

inline SymbolShares random_shares(std::mt19937_64& random) {
  SymbolCounts counts{};
  for (auto& context : counts)
    for (auto& count : context) count = random() % 8 == 0 ? random() % 1000 : random() % 3;
  return shares_of(counts);
}

/// Returns a predictor of three layers that knows nothing, with everything that predicts at random.
inline Predictor random_predictor(const TestModel& model, std::uint64_t seed = 1) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  Predictor predictor;
  predictor.mode = PredictionMode::layer_before;
  predictor.heads = model.heads;
  predictor.head_dim = model.head_dim;
  predictor.rope = model.rope;
  if (model.rope != RopeStyle::none)
    predictor.rotations = Rotations(rope_frequencies(10'000, model.head_dim));
  for (SymbolShares& shares : predictor.shares) shares = random_shares(random);
  for (int layer = 0; layer < 3; ++layer) {
    PredictorLayer& made = predictor.layers.emplace_back();
    for (auto& features : made.features)
      for (std::uint32_t i = 0; i < model.row(); ++i)
        features.push_back({.center = normal(random), .scale = 30});
    for (std::size_t fit = 0; fit < kFits; ++fit) {
      const FitSources sources = sources_of(Fit{static_cast<std::uint8_t>(fit)});
      for (std::uint32_t i = 0; i < model.row() * model.row() * sources.rows(); ++i)
        made.fits[fit].map.push_back(static_cast<std::int8_t>(random() % 255 - 127));
      for (std::uint32_t i = 0; i < model.row(); ++i)
        made.fits[fit].channels.push_back(
            {.multiplier = static_cast<std::int32_t>(random() % 400'000),
             .bias = static_cast<std::int32_t>(random() % 2000) - 1000,
             .log_scale = static_cast<std::int16_t>(static_cast<int>(random() % 64) - 32)});
    }
  }
  predictor.tool = "a test";
  predictor.sources = {{.name = "nothing.bf16", .bytes = 1, .xxh3 = 2}};
  return predictor;
}

inline LoadedPredictor loaded(const Predictor& predictor) {
  return read_predictor(to_file(predictor));
}

/// The K and V of a made-up model's layers.
struct TestLayers {
  std::uint32_t tokens;
  std::uint32_t row;
  std::vector<std::vector<std::uint16_t>> tensors;  ///< K, V of a layer, K, V of the next

  std::span<const std::uint16_t> tensor(std::uint32_t layer, TensorRole role) const {
    return tensors[2 * layer + static_cast<std::size_t>(role)];
  }
  /// Returns what a layer's tensor may be predicted from.
  References references(std::uint32_t layer) const {
    References all{.own_key = tensor(layer, TensorRole::key),
                   .own_values = tensor(layer, TensorRole::value),
                   .key_before = {},
                   .values_before = {}};
    if (layer > 0) all.key_before = tensor(layer - 1, TensorRole::key);
    if (layer > 0) all.values_before = tensor(layer - 1, TensorRole::value);
    return all;
  }
  CalibrationText text() const {
    return {.tokens = tokens,
            .pages = one_page(tokens),
            .read = [this](std::uint32_t layer, TensorRole role) {
              const auto values = tensor(layer, role);
              return std::vector<std::uint16_t>(values.begin(), values.end());
            }};
  }
};

inline std::uint16_t rounded_to_bf16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/// A made-up model of three layers: K and V are projections of a stream to which each layer adds a
/// part, and K is rotated. With a `structure` of 0 all elements are independent of each other.
class TestStream {
 public:
  TestStream(const TestModel& model, std::uint32_t stream, float structure = 1)
      : model_(model), stream_(stream), structure_(structure) {
    std::mt19937_64 random(77);
    std::normal_distribution<float> normal;
    for (auto& projection : projections_) {
      projection.weights.resize(std::size_t{stream} * model.row());
      for (float& weight : projection.weights)
        weight = normal(random) / std::sqrt(static_cast<float>(stream));
      for (std::uint32_t i = 0; i < model.row(); ++i)
        projection.means.push_back(structure * normal(random));
    }
  }

  /// Returns the layers of a text, which the seed says.
  TestLayers text(std::uint32_t tokens, std::uint64_t seed) const {
    std::mt19937_64 random(seed);
    std::normal_distribution<float> normal;
    TestLayers layers{.tokens = tokens, .row = model_.row(), .tensors = {}};
    layers.tensors.resize(projections_.size());
    std::vector<float> h(stream_), row(model_.row());
    for (std::uint32_t token = 0; token < tokens; ++token) {
      for (float& x : h) x = normal(random);
      for (std::size_t i = 0; i < projections_.size(); ++i) {
        if (i % 2 == 0)
          for (float& x : h) x = 0.86f * x + 0.5f * normal(random);
        for (std::uint32_t c = 0; c < model_.row(); ++c) {
          float sum = 0;
          for (std::uint32_t k = 0; k < stream_; ++k)
            sum += h[k] * projections_[i].weights[std::size_t{c} * stream_ + k];
          row[c] = structure_ == 0 ? normal(random) : projections_[i].means[c] + sum;
        }
        if (i % 2 == 0) rotate(token, row);
        for (const float value : row) layers.tensors[i].push_back(rounded_to_bf16(value));
      }
    }
    return layers;
  }

 private:
  struct Projection {
    std::vector<float> weights;
    std::vector<float> means;
  };

  void rotate(std::uint32_t position, std::span<float> row) const {
    if (model_.rope == RopeStyle::none) return;
    const std::vector<double> frequencies = rope_frequencies(10'000, model_.head_dim);
    for (std::size_t head = 0; head < row.size(); head += model_.head_dim) {
      for (std::uint32_t pair = 0; pair < frequencies.size(); ++pair) {
        const auto [first, second] = channel_pair(model_.rope, model_.head_dim, pair);
        const auto cosine = static_cast<float>(std::cos(position * frequencies[pair]));
        const auto sine = static_cast<float>(std::sin(position * frequencies[pair]));
        const float a = row[head + first], b = row[head + second];
        row[head + first] = a * cosine - b * sine;
        row[head + second] = b * cosine + a * sine;
      }
    }
  }

  TestModel model_;
  std::uint32_t stream_;
  float structure_;
  std::array<Projection, 6> projections_;
};

/// Returns the frame that encode_predicted makes.
inline std::vector<std::byte> predicted_frame(std::span<const std::uint16_t> elements,
                                              const PredictedTensor& what,
                                              const LoadedPredictor& predictor,
                                              const References& references, unsigned threads = 1) {
  const PredictedShape shape{
      .tokens = static_cast<std::uint32_t>(elements.size() / predictor.predictor.row()),
      .row = predictor.predictor.row(),
      .head_dim = predictor.predictor.head_dim};
  std::vector<std::byte> frame(max_predicted_frame_bytes(shape, what.pages.page_tokens));
  frame.resize(encode_predicted(elements, what, predictor, references, frame, threads).frame_bytes);
  return frame;
}

}  // namespace splitbench
