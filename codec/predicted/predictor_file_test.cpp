#include "codec/predicted/predictor_file.hpp"

#include <cstring>
#include <gtest/gtest.h>
#include <random>
#include <string>

#include "codec/digest.hpp"
#include "codec/testing/predicted_tensors.hpp"

namespace splitbench {
namespace {

std::string refusal_of_file(std::span<const std::byte> file) {
  try {
    read_predictor(file);
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

/// Puts the digest right, as somebody would who means harm.
void repair_digest(std::span<std::byte> file) {
  const std::uint64_t none = 0;
  std::memcpy(file.data() + 24, &none, sizeof none);
  const std::uint64_t digest = checksum(file);
  std::memcpy(file.data() + 24, &digest, sizeof digest);
}

TEST(PredictorFileTest, GivesBackThePredictor) {
  for (const RopeStyle rope : {RopeStyle::none, RopeStyle::halves, RopeStyle::interleaved}) {
    const Predictor predictor = random_predictor({3, 6, rope});
    EXPECT_TRUE(loaded(predictor).predictor == predictor);
  }
}

TEST(PredictorFileTest, LesserModesKeepWhatTheyNeed) {
  std::size_t bytes = 0;
  for (const PredictionMode mode :
       {PredictionMode::means, PredictionMode::own_values, PredictionMode::layer_before}) {
    Predictor predictor = random_predictor({2, 8});
    predictor.mode = mode;
    const auto file = to_file(predictor);
    EXPECT_GT(file.size(), bytes);
    bytes = file.size();
    EXPECT_EQ(read_predictor(file).predictor.layers[1].fits[0], predictor.layers[1].fits[0]);
  }
}

TEST(PredictorFileTest, EqualPredictorsHaveOneName) {
  EXPECT_EQ(loaded(random_predictor({2, 8}, 1)).id, loaded(random_predictor({2, 8}, 1)).id);
  EXPECT_NE(loaded(random_predictor({2, 8}, 1)).id, loaded(random_predictor({2, 8}, 2)).id);
}

TEST(PredictorFileTest, EveryPrefixIsRefused) {
  const auto file = to_file(random_predictor({1, 2}));
  for (std::size_t size = 0; size < file.size(); size += size < 600 ? 1 : 97)
    EXPECT_NE(refusal_of_file(std::span(file).first(size)), "");
}

TEST(PredictorFileTest, NoChangedByteGoesUnseen) {
  const auto file = to_file(random_predictor({1, 2}));
  for (std::size_t i = 0; i < file.size(); i += i < 600 ? 1 : 31) {
    auto changed = file;
    changed[i] ^= std::byte(1 << i % 8);
    EXPECT_NE(refusal_of_file(changed), "") << "byte " << i;
  }
}

/// A file whose digest was put right may be another predictor, but never one that breaks a rule.
TEST(PredictorFileTest, ChangedOnesAreRefusedOrCodeAllTheSame) {
  std::mt19937_64 random(4);
  const auto file = to_file(random_predictor({1, 4}));
  std::vector<std::uint16_t> elements(20 * 4), back(elements.size());
  for (std::uint16_t& element : elements) element = static_cast<std::uint16_t>(random());
  const References all{elements, elements, elements, elements};
  for (int i = 0; i < 400; ++i) {
    auto changed = file;
    const std::size_t reach = i % 2 == 0 ? 200 : file.size();
    for (int k = 0; k < 3; ++k) changed[random() % reach] = static_cast<std::byte>(random());
    repair_digest(changed);
    if (refusal_of_file(changed) != "") continue;
    const LoadedPredictor predictor = read_predictor(changed);
    if (predictor.predictor.row() != 4 || predictor.predictor.layers.size() < 2) continue;
    const PredictedTensor what{1, TensorRole::value, predictor.predictor.mode, one_page(20)};
    const auto frame = predicted_frame(elements, what, predictor, all);
    decode_predicted(frame, predictor, all, back);
    EXPECT_EQ(back, elements);
  }
}

TEST(PredictorFileTest, SaysWhatIsWrong) {
  Predictor predictor = random_predictor({1, 2});
  predictor.layers[0].fits[0].channels[0].multiplier = kMaxMultiplier + 1;
  EXPECT_EQ(refusal_of_file(to_file(predictor)),
            "a channel of the predictor has a multiplier, bias or scale out of bounds");
  predictor = random_predictor({1, 2});
  predictor.layers[0].fits[2].map[1] = -128;
  EXPECT_EQ(refusal_of_file(to_file(predictor)), "a map of the predictor has a weight of -128");
  predictor = random_predictor({1, 2});
  predictor.layers[2].features[1][0].scale = 0;
  EXPECT_EQ(refusal_of_file(to_file(predictor)),
            "a feature of the predictor has a center or scale out of bounds");
  predictor = random_predictor({1, 2});
  predictor.shares[3][5][6] = 1025;
  EXPECT_EQ(refusal_of_file(to_file(predictor)), "the shares of a table do not add up to 1024");
}

}  // namespace
}  // namespace splitbench
