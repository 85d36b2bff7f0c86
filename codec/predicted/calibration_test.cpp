#include "codec/predicted/calibration.hpp"

#include <gtest/gtest.h>
#include <stdexcept>

#include "codec/exponent_statistics.hpp"
#include "codec/predicted/ridge.hpp"
#include "codec/testing/predicted_tensors.hpp"

namespace splitbench {
namespace {

constexpr std::uint32_t kTextTokens = 512;

Predictor calibrated(const TestModel& model, const std::vector<TestLayers>& texts,
                     PredictionMode mode = PredictionMode::layer_before) {
  std::vector<CalibrationText> all;
  for (const TestLayers& text : texts) all.push_back(text.text());
  return calibrate_predictor({.layers = 3,
                              .heads = model.heads,
                              .head_dim = model.head_dim,
                              .rope = model.rope,
                              .frequencies = rope_frequencies(10'000, model.head_dim),
                              .mode = mode},
                             all);
}

/// Returns the ratio of all frames of a text, each of which must decode to its elements.
double ratio_of(const LoadedPredictor& predictor, const TestLayers& text, PredictionMode mode) {
  std::size_t raw = 0, bytes = 0;
  for (std::uint32_t layer = 0; layer < 3; ++layer) {
    for (const TensorRole role : {TensorRole::key, TensorRole::value}) {
      const auto elements = text.tensor(layer, role);
      const PredictedTensor what{layer, role, predictor.predictor.mode_for(layer, mode),
                                 one_page(text.tokens)};
      const auto frame = predicted_frame(elements, what, predictor, text.references(layer));
      std::vector<std::uint16_t> back(elements.size());
      decode_predicted(frame, predictor, text.references(layer), back);
      EXPECT_TRUE(std::ranges::equal(back, elements));
      raw += elements.size_bytes();
      bytes += frame.size();
    }
  }
  return static_cast<double>(raw) / static_cast<double>(bytes);
}

double ranked_ratio_of(const TestLayers& text) {
  std::size_t raw = 0, bytes = 0;
  for (const auto& tensor : text.tensors) {
    const ExponentHistogram histogram = exponent_histogram(tensor);
    raw += 2 * tensor.size();
    bytes += expected_frame_bytes(
        histogram, calibrate(histogram, ElementType::bf16, FrameKind::ranked), FrameKind::ranked);
  }
  return static_cast<double>(raw) / static_cast<double>(bytes);
}

std::vector<TestLayers> texts_of(const TestStream& stream, std::size_t count) {
  std::vector<TestLayers> texts;
  for (std::size_t i = 0; i < count; ++i) texts.push_back(stream.text(kTextTokens, i + 10));
  return texts;
}

class CalibrationTest : public testing::TestWithParam<RopeStyle> {};
INSTANTIATE_TEST_SUITE_P(Ropes, CalibrationTest,
                         testing::Values(RopeStyle::none, RopeStyle::halves,
                                         RopeStyle::interleaved));

TEST_P(CalibrationTest, EachModeIsBetterThanTheOneBelow) {
  const TestModel model{2, 32, GetParam()};
  const TestStream stream(model, 80);
  const LoadedPredictor predictor = loaded(calibrated(model, texts_of(stream, 3)));
  const TestLayers text = stream.text(kTextTokens, 1);
  const double means = ratio_of(predictor, text, PredictionMode::means);
  const double own_values = ratio_of(predictor, text, PredictionMode::own_values);
  const double layer_before = ratio_of(predictor, text, PredictionMode::layer_before);
  EXPECT_GT(means, 1.015 * ranked_ratio_of(text));
  EXPECT_GT(own_values, 1.02 * means);
  EXPECT_GT(layer_before, 1.02 * own_values);
}

TEST(CalibratedTest, NothingIsGainedWhereThereIsNothingToPredict) {
  const TestModel model{2, 32};
  const TestStream noise(model, 80, 0);
  const LoadedPredictor predictor = loaded(calibrated(model, texts_of(noise, 3)));
  const TestLayers text = noise.text(kTextTokens, 1);
  const double means = ratio_of(predictor, text, PredictionMode::means);
  EXPECT_LT(means, 1.54);  // a normal distribution of known scale has 10.46 bits of 16
  EXPECT_LT(ratio_of(predictor, text, PredictionMode::own_values), means + 0.005);
  EXPECT_LT(ratio_of(predictor, text, PredictionMode::layer_before), means + 0.01);
}

TEST(CalibratedTest, OneTextIsEnough) {
  const TestModel model{2, 32};
  const TestStream stream(model, 80);
  const LoadedPredictor predictor = loaded(calibrated(model, texts_of(stream, 1)));
  const TestLayers text = stream.text(kTextTokens, 1);
  EXPECT_GT(ratio_of(predictor, text, PredictionMode::own_values), 1.02 * ranked_ratio_of(text));
}

TEST(CalibratedTest, AnyElementsAreATextToCalibrateOn) {
  const TestModel model{1, 4};
  TestLayers text{.tokens = 2, .row = 4, .tensors = {}};
  for (int i = 0; i < 6; ++i)
    text.tensors.push_back({0x7fc0, 0xff80, 0x7f80, 0, 0x8000, 0x7f7f, 0xff7f, 1});
  const LoadedPredictor predictor = loaded(calibrated(model, {text}));
  EXPECT_GT(ratio_of(predictor, text, PredictionMode::layer_before), 0);
}

TEST(CalibratedTest, RefusesNoText) {
  EXPECT_THROW(calibrated({}, {}), std::invalid_argument);
}

TEST(RidgeTest, FindsTheMapThatMadeTheTargets) {
  constexpr std::size_t kFeatures = 7, kColumns = 9, kRows = 500;
  std::mt19937_64 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> rows;
  for (std::size_t row = 0; row < kRows; ++row) {
    float first = 3, second = -1;
    for (std::size_t i = 0; i < kFeatures; ++i) {
      rows.push_back(5 + normal(random));
      first += static_cast<float>(i) * rows.back();
      second -= rows.back();
    }
    rows.insert(rows.end(), {first, second});
  }
  Moments moments(kFeatures, kColumns);
  moments.add(std::span(rows).first(kColumns * 100));
  Moments rest(kFeatures, kColumns);
  rest.add(std::span(rows).subspan(kColumns * 100));
  moments += rest;
  const LinearMap map = ridge_regression(moments, {0, kFeatures}, {kFeatures, 2}, 0);
  for (std::size_t i = 0; i < kFeatures; ++i) {
    EXPECT_NEAR(map.weights[2 * i], static_cast<float>(i), 0.01);
    EXPECT_NEAR(map.weights[2 * i + 1], -1, 0.01);
  }
  std::vector<float> predicted(2);
  add_predictions(map, rows.data(), kColumns, 1, predicted.data());
  EXPECT_NEAR(predicted[0], rows[kFeatures], 0.05);
  const LinearMap without = ridge_regression(moments, {0, 0}, {kFeatures, 2}, 0);
  EXPECT_NEAR(without.intercepts[0], moments.mean(kFeatures), 1e-4);
}

}  // namespace
}  // namespace splitbench
