#include "codec/predicted/shortest_frame.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <vector>

#include "codec/testing/predicted_tensors.hpp"

namespace splitbench {
namespace {

constexpr std::uint32_t kTokens = 400;

std::vector<std::byte> shortest_frame(std::span<const std::uint16_t> elements,
                                      const PredictedTensor& what, const LoadedPredictor& predictor,
                                      const References& references) {
  std::vector<std::byte> frame(
      max_shortest_frame_bytes(elements.size(), predictor.predictor, what.pages));
  frame.resize(encode_shortest(elements, what, predictor, references, frame).frame_bytes);
  return frame;
}

std::size_t ranked_frame_bytes(std::span<const std::uint16_t> elements) {
  std::vector<std::byte> frame(max_frame_bytes(ElementType::bf16, elements.size()));
  const Codebook codebook =
      calibrate(exponent_histogram(elements), ElementType::bf16, FrameKind::ranked);
  return encode(std::as_bytes(elements), codebook, FrameKind::ranked, frame).frame_bytes;
}

/// A model and a predictor of it.
class ShortestFrameTest : public testing::Test {
 protected:
  /// Encodes a text layer by layer, expects that it is decoded exactly and never longer than
  /// ranked frames are, but for 1%, and returns the kinds of its frames.
  std::vector<FrameKind> coded(const TestLayers& text, const LoadedPredictor& predictor,
                               PredictionMode mode, const Pages& pages) {
    std::vector<FrameKind> kinds;
    std::vector<std::uint16_t> key_before, values_before;
    for (std::uint32_t layer = 0; layer < 3; ++layer) {
      const References references = text.references(layer);
      const auto frame_of = [&](TensorRole role) {
        const PredictedTensor what{layer, role, predictor.predictor.mode_for(layer, mode), pages};
        const auto elements = text.tensor(layer, role);
        const auto frame = shortest_frame(elements, what, predictor, references);
        EXPECT_LE(static_cast<double>(frame.size()),
                  1.01 * static_cast<double>(ranked_frame_bytes(elements)));
        kinds.push_back(read_header(frame).kind);
        return frame;
      };
      const auto key_frame = frame_of(TensorRole::key), values_frame = frame_of(TensorRole::value);
      std::vector<std::uint16_t> key(text.tensor(layer, TensorRole::key).size()), values(key);
      decode_layer(layer, {key_frame, values_frame}, &predictor, {key_before, values_before},
                   {key, values});
      EXPECT_TRUE(std::ranges::equal(key, text.tensor(layer, TensorRole::key)));
      EXPECT_TRUE(std::ranges::equal(values, text.tensor(layer, TensorRole::value)));
      key_before = std::move(key);
      values_before = std::move(values);
    }
    return kinds;
  }

  Predictor calibrated(const TestStream& stream) const {
    const std::array texts = {stream.text(kTokens, 2), stream.text(kTokens, 3)};
    const std::array all = {texts[0].text(), texts[1].text()};
    return calibrate_predictor({.layers = 3,
                                .heads = model_.heads,
                                .head_dim = model_.head_dim,
                                .rope = model_.rope,
                                .frequencies = rope_frequencies(10'000, model_.head_dim),
                                .mode = PredictionMode::layer_before},
                               all);
  }

  const TestModel model_{2, 32, RopeStyle::halves};
  const TestStream stream_{model_, 80};
  const TestLayers text_ = stream_.text(kTokens, 1);
  const Predictor predictor_ = calibrated(stream_);
};

std::size_t count_of(const std::vector<FrameKind>& kinds, FrameKind kind) {
  return static_cast<std::size_t>(std::ranges::count(kinds, kind));
}

TEST_F(ShortestFrameTest, IsPredictedWhereThatIsShorter) {
  for (const PredictionMode mode :
       {PredictionMode::means, PredictionMode::own_values, PredictionMode::layer_before})
    EXPECT_EQ(
        count_of(coded(text_, loaded(predictor_), mode, one_page(kTokens)), FrameKind::predicted),
        6u);
}

TEST_F(ShortestFrameTest, AWrongPredictorCostsNothing) {
  Predictor shuffled = predictor_;
  std::rotate(shuffled.layers.begin(), shuffled.layers.begin() + 1, shuffled.layers.end());
  const TestStream other_model({2, 32, RopeStyle::halves}, 50);
  for (const PredictionMode mode :
       {PredictionMode::means, PredictionMode::own_values, PredictionMode::layer_before}) {
    coded(text_, loaded(shuffled), mode, one_page(kTokens));
    coded(text_, loaded(random_predictor(model_)), mode, one_page(kTokens));
    coded(text_, loaded(predictor_), mode, one_page(kTokens, 1000));  // positions that are wrong
    coded(other_model.text(kTokens, 9), loaded(predictor_), mode, one_page(kTokens));
  }
}

TEST_F(ShortestFrameTest, WhatCannotBePredictedIsRankedOrStored) {
  const auto kinds = coded(text_, loaded(random_predictor(model_)), PredictionMode::layer_before,
                           one_page(kTokens));
  EXPECT_EQ(count_of(kinds, FrameKind::ranked), 6u);
  TestLayers any{.tokens = 3, .row = model_.row(), .tensors = {}};
  for (int i = 0; i < 6; ++i) {
    auto& tensor = any.tensors.emplace_back();
    for (std::uint32_t k = 0; k < 3 * model_.row(); ++k)
      tensor.push_back(static_cast<std::uint16_t>(k * 40'503));
  }
  EXPECT_EQ(count_of(coded(any, loaded(predictor_), PredictionMode::means, one_page(3)),
                     FrameKind::stored),
            6u);
}

TEST_F(ShortestFrameTest, FramesOfAnotherLayerAreRefused) {
  const LoadedPredictor predictor = loaded(predictor_);
  const auto frame_of = [&](std::uint32_t layer, TensorRole role, PredictionMode mode) {
    return predicted_frame(text_.tensor(layer, role), {layer, role, mode, one_page(kTokens)},
                           predictor, text_.references(layer));
  };
  std::vector<std::uint16_t> key(text_.tensors[0].size()), values(key);
  const auto refused = [&](std::uint32_t layer, const std::vector<std::byte>& key_frame,
                           const std::vector<std::byte>& values_frame,
                           const LoadedPredictor* held) {
    EXPECT_THROW(
        decode_layer(layer, {key_frame, values_frame}, held,
                     {text_.tensor(1, TensorRole::key), text_.tensor(1, TensorRole::value)},
                     {key, values}),
        BadFrame);
  };
  const auto k = frame_of(2, TensorRole::key, PredictionMode::own_values);
  const auto v = frame_of(2, TensorRole::value, PredictionMode::means);
  refused(1, k, v, &predictor);
  refused(2, v, k, &predictor);
  refused(2, k, v, nullptr);
  refused(2, k, frame_of(2, TensorRole::value, PredictionMode::layer_before), &predictor);
}

}  // namespace
}  // namespace splitbench
