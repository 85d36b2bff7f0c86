#include <algorithm>
#include <chrono>
#include <cstdio>
#include <gtest/gtest.h>
#include <limits>
#include <string>

#include "codec/exponent_statistics.hpp"
#include "codec/predicted/shortest_frame.hpp"
#include "codec/testing/predicted_tensors.hpp"
#include "codec/testing/real_dump.hpp"

namespace splitbench {
namespace {

constexpr std::array kModes = {PredictionMode::means, PredictionMode::own_values,
                               PredictionMode::layer_before};

/// The cache of a trained model, of which some tokens are taken.
struct Text {
  RealDump dump;
  std::uint32_t row;
  std::uint32_t first_token;
  std::uint32_t tokens;

  std::span<const std::uint16_t> tensor(std::uint32_t layer, TensorRole role) const {
    return dump.tensor(2 * layer + static_cast<std::size_t>(role))
        .subspan(std::size_t{first_token} * row, std::size_t{tokens} * row);
  }
  std::uint32_t layers() const { return static_cast<std::uint32_t>(dump.tensors / 2); }
  CalibrationText to_calibrate_on() const {
    return {.tokens = tokens,
            .pages = one_page(tokens, first_token),
            .read = [this](std::uint32_t layer, TensorRole role) {
              const auto values = tensor(layer, role);
              return std::vector<std::uint16_t>(values.begin(), values.end());
            }};
  }
};

struct Ratios {
  double all;
  double after_first_layer;
  double ranked;
};

/// Codes a text as files have it, whole frames of a layer's K and V, and decodes it again.
Ratios ratios_of(const Text& text, const LoadedPredictor& predictor, PredictionMode mode) {
  const std::size_t each = std::size_t{text.tokens} * text.row;
  const Pages pages = one_page(text.tokens, text.first_token);
  std::vector<std::byte> room(max_shortest_frame_bytes(each, predictor.predictor, pages));
  std::vector<std::uint16_t> key(each), values(each), key_before(each), values_before(each);
  std::uint64_t bytes = 0, first = 0, ranked = 0;
  for (std::uint32_t layer = 0; layer < text.layers(); ++layer) {
    References references{.own_key = text.tensor(layer, TensorRole::key),
                          .own_values = text.tensor(layer, TensorRole::value),
                          .key_before = {},
                          .values_before = {}};
    if (layer > 0) references.key_before = text.tensor(layer - 1, TensorRole::key);
    if (layer > 0) references.values_before = text.tensor(layer - 1, TensorRole::value);
    std::array<std::vector<std::byte>, 2> frames;
    for (const TensorRole role : {TensorRole::key, TensorRole::value}) {
      const auto elements = text.tensor(layer, role);
      const PredictedTensor what{layer, role, predictor.predictor.mode_for(layer, mode), pages};
      const auto size = encode_shortest(elements, what, predictor, references, room).frame_bytes;
      frames[static_cast<std::size_t>(role)] = {room.begin(),
                                                room.begin() + static_cast<std::ptrdiff_t>(size)};
      bytes += size;
      const ExponentHistogram histogram = exponent_histogram(elements);
      const std::uint64_t of_ranked = expected_frame_bytes(
          histogram, calibrate(histogram, ElementType::bf16, FrameKind::ranked), FrameKind::ranked);
      EXPECT_LE(static_cast<double>(size), 1.01 * static_cast<double>(of_ranked));
      ranked += of_ranked;
    }
    if (layer == 0) first = bytes;
    decode_layer(layer, {frames[0], frames[1]}, &predictor, {key_before, values_before},
                 {key, values});
    EXPECT_TRUE(std::ranges::equal(key, references.own_key));
    EXPECT_TRUE(std::ranges::equal(values, references.own_values));
    std::swap(key, key_before);
    std::swap(values, values_before);
  }
  const auto ratio = [&](std::size_t layers, std::uint64_t of) {
    return 4.0 * static_cast<double>(each * layers) / static_cast<double>(of);
  };
  return {.all = ratio(text.layers(), bytes),
          .after_first_layer = ratio(text.layers() - 1, bytes - first),
          .ranked = ratio(text.layers(), ranked)};
}

std::array<Ratios, 3> print_ratios(const std::string& name, const Text& text,
                                   const LoadedPredictor& predictor) {
  std::array<Ratios, 3> ratios;
  for (std::size_t i = 0; i < kModes.size(); ++i) {
    ratios[i] = ratios_of(text, predictor, kModes[i]);
    const std::string mode(splitbench::name(kModes[i]));
    std::printf("%-24s mode %-2s  ratio %.4f, after the first layer %.4f; ranked %.4f\n",
                name.c_str(), mode.c_str(), ratios[i].all, ratios[i].after_first_layer,
                ratios[i].ranked);
  }
  return ratios;
}

struct TextName {
  const char* name;
};
const std::vector<TextName> kTexts = {{"smollm2_10-17__chat"},
                                      {"smollm2_10-17__json"},
                                      {"smollm2_10-17__cpp"},
                                      {"smollm2_10-17__papers"}};

CalibrationModel smollm2() {
  return {.layers = 8,
          .heads = 3,
          .head_dim = 64,
          .rope = RopeStyle::interleaved,
          .frequencies = rope_frequencies(100'000, 64),
          .mode = PredictionMode::layer_before};
}

Text smollm2_text(const char* name) {
  return {.dump = *read_real_dump(name), .row = 192, .first_token = 0, .tokens = 1024};
}

/// Each text is coded by what the three others have taught.
class PredictedTextsBench : public testing::TestWithParam<TextName> {
 protected:
  LoadedPredictor predictor_of_others() const {
    std::vector<Text> others;
    for (const auto& [name] : kTexts)
      if (std::string(name) != GetParam().name) others.push_back(smollm2_text(name));
    std::vector<CalibrationText> texts;
    for (const Text& text : others) texts.push_back(text.to_calibrate_on());
    return loaded(calibrate_predictor(smollm2(), texts));
  }
};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(PredictedTextsBench);
INSTANTIATE_TEST_SUITE_P(Texts, PredictedTextsBench,
                         testing::ValuesIn(at_hand(kTexts).size() == kTexts.size()
                                               ? kTexts
                                               : std::vector<TextName>{}),
                         [](const auto& test) {
                           std::string name = test.param.name;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST_P(PredictedTextsBench, IsSmallerThanItsExponentsByThemselvesAllow) {
  const auto ratios =
      print_ratios(GetParam().name, smollm2_text(GetParam().name), predictor_of_others());
  EXPECT_GE(ratios[0].all, 1.55);
  EXPECT_GE(ratios[1].all, 1.60);
  EXPECT_GE(ratios[2].all, 1.67);
  EXPECT_GE(ratios[2].after_first_layer, 1.70);
}

TEST_P(PredictedTextsBench, WhatIsWrongCostsNothing) {
  const LoadedPredictor right = predictor_of_others();
  Text text = smollm2_text(GetParam().name);
  Predictor shuffled = right.predictor;
  std::rotate(shuffled.layers.begin(), shuffled.layers.begin() + 3, shuffled.layers.end());
  print_ratios("  layers shuffled", text, loaded(shuffled));
  for (const std::uint32_t off : {1u, 64u, 1000u}) {
    Predictor moved = right.predictor;  // as if positions were off, for both ends
    std::vector<Rotation> table(moved.rotations.table().begin(), moved.rotations.table().end());
    const std::size_t pairs = moved.rotations.pairs();
    std::vector<Rotation> turn(pairs);
    moved.rotations.at(off, turn);
    for (std::size_t i = 0; i < kDigitValues * pairs; ++i) table[i] = table[i] * turn[i % pairs];
    moved.rotations = Rotations(std::move(table), static_cast<std::uint32_t>(pairs));
    print_ratios("  positions off by " + std::to_string(off), text, loaded(moved));
  }
}

class PredictedSplitTextBench : public testing::TestWithParam<TextName> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(PredictedSplitTextBench);
INSTANTIATE_TEST_SUITE_P(Texts, PredictedSplitTextBench,
                         testing::ValuesIn(at_hand<TextName>({{"qwen2arch__agent"}})));

TEST_P(PredictedSplitTextBench, TheFirstThreeQuartersPredictTheLast) {
  Text text{.dump = *read_real_dump(GetParam().name), .row = 512, .first_token = 0, .tokens = 384};
  const std::array texts = {text.to_calibrate_on()};
  const LoadedPredictor predictor =
      loaded(calibrate_predictor({.layers = 12,
                                  .heads = 4,
                                  .head_dim = 128,
                                  .rope = RopeStyle::halves,
                                  .frequencies = rope_frequencies(1'000'000, 128),
                                  .mode = PredictionMode::layer_before},
                                 texts));
  text.first_token = 384;
  text.tokens = 128;
  EXPECT_GE(print_ratios(GetParam().name, text, predictor)[2].all, 1.67);
}

struct Speeds {
  double encode;  ///< GB/s of raw bytes, K and V
  double decode;
};

Speeds speeds_of(const TestLayers& text, const LoadedPredictor& predictor, PredictionMode mode) {
  const std::size_t elements = text.tensors[0].size();
  const Pages pages = one_page(text.tokens);
  std::vector<std::byte> frame(max_shortest_frame_bytes(elements, predictor.predictor, pages));
  std::vector<std::uint16_t> back(elements);
  const auto seconds = [](const auto& work) {
    double least = std::numeric_limits<double>::infinity();
    for (int i = 0; i < 20; ++i) {
      const auto began = std::chrono::steady_clock::now();
      work();
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
      least = std::min(least, took.count());
    }
    return least;
  };
  const References references = text.references(1);
  double encode = 0, decode = 0;
  for (const TensorRole role : {TensorRole::key, TensorRole::value}) {
    const PredictedTensor what{1, role, mode, pages};
    const auto raw = text.tensor(1, role);
    std::uint64_t bytes = 0;
    encode += seconds(
        [&] { bytes = encode_predicted(raw, what, predictor, references, frame).frame_bytes; });
    decode += seconds(
        [&] { decode_predicted(std::span(frame).first(bytes), predictor, references, back); });
    EXPECT_TRUE(std::ranges::equal(back, raw));
  }
  const double gigabytes = 4e-9 * static_cast<double>(elements);
  return {.encode = gigabytes / encode, .decode = gigabytes / decode};
}

TEST(PredictedSpeedBench, OneCoreCodesModeOneAtHalfAGigabyteASecond) {
  const TestModel model{3, 64, RopeStyle::interleaved};
  const TestStream stream(model, 64);
  const TestLayers taught = stream.text(512, 2), text = stream.text(4096, 1);
  const std::array texts = {taught.text()};
  const LoadedPredictor predictor =
      loaded(calibrate_predictor({.layers = 3,
                                  .heads = model.heads,
                                  .head_dim = model.head_dim,
                                  .rope = model.rope,
                                  .frequencies = rope_frequencies(10'000, model.head_dim),
                                  .mode = PredictionMode::layer_before},
                                 texts));
  std::array<Speeds, 3> speeds;
  for (std::size_t i = 0; i < kModes.size(); ++i) {
    speeds[i] = speeds_of(text, predictor, kModes[i]);
    std::printf("mode %-2s  encode %.3f GB/s, decode %.3f GB/s\n",
                std::string(name(kModes[i])).c_str(), speeds[i].encode, speeds[i].decode);
  }
  EXPECT_GE(speeds[0].encode, 0.5);
  EXPECT_GE(speeds[0].decode, 0.5);
}

}  // namespace
}  // namespace splitbench
