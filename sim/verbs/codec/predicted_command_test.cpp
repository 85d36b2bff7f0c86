#include "codec/testing/predicted_tensors.hpp"
#include "sim/verbs/codec/codec_command_test.hpp"

namespace splitbench {
namespace {

/// Dumps of three texts of a made-up model.
class PredictedCommandTest : public CodecCommandTest {
 protected:
  void SetUp() override {
    for (const int number : {1, 2, 3}) {
      const TestLayers text = stream_.text(kTokens, static_cast<std::uint64_t>(number));
      std::string elements;
      for (const auto& tensor : text.tensors)
        elements.append(reinterpret_cast<const char*>(tensor.data()), 2 * tensor.size());
      write("text" + std::to_string(number) + ".bf16", elements);
      write("text" + std::to_string(number) + ".json",
            R"({"shape": [3, 2, 256, 64], "kv_heads": 2, "rope_style": "half",
                "rope_theta": 10000})");
    }
  }

  void calibrate(const std::string& name, const std::string& mode) const {
    run({"calibrate", "--predictor", path("text2.bf16"), path("text3.bf16"), "-o", path(name),
         "--mode", mode});
  }

 private:
  static constexpr std::uint32_t kTokens = 256;
  const TestStream stream_{{2, 32, RopeStyle::halves}, 80};
};

TEST_F(PredictedCommandTest, DecodeGivesBackTheFileThatWasEncodedInEachMode) {
  calibrate("model.predictor", "2b");
  std::uintmax_t bytes = std::filesystem::file_size(path("text1.bf16"));
  for (const char* const mode : {"1", "1b", "2b"}) {
    run({"encode", path("text1.bf16"), path("kv.szf"), "--codec", "predicted", "--predictor",
         path("model.predictor"), "--mode", mode});
    EXPECT_LT(std::filesystem::file_size(path("kv.szf")), bytes);
    bytes = std::filesystem::file_size(path("kv.szf"));
    run({"decode", path("kv.szf"), path("back.bf16"), "--predictor", path("model.predictor")});
    EXPECT_EQ(read("back.bf16"), read("text1.bf16"));
  }
}

TEST_F(PredictedCommandTest, TheModeIs1bUnlessAPredictorHasNoMore) {
  calibrate("best.predictor", "2b");
  calibrate("least.predictor", "1");
  const auto encode_by = [&](const char* predictor) {
    return run({"encode", path("text1.bf16"), path("kv.szf"), "--codec", "predicted", "--predictor",
                path(predictor)});
  };
  EXPECT_NE(encode_by("best.predictor").find("mode 1b"), std::string::npos);
  EXPECT_NE(encode_by("least.predictor").find("mode 1\n"), std::string::npos);
}

TEST_F(PredictedCommandTest, InspectNamesThePredictor) {
  calibrate("model.predictor", "1b");
  run({"encode", path("text1.bf16"), path("kv.szf"), "--codec", "predicted", "--predictor",
       path("model.predictor")});
  const auto json = run_json({"inspect", path("kv.szf")});
  EXPECT_EQ(json.at("codec"), "predicted");
  EXPECT_EQ(json.at("verified"), false);
  EXPECT_TRUE(json.at("ranked_ratio").is_null());
  ASSERT_EQ(json.at("predictors").size(), 1u);
  EXPECT_EQ(json.at("predictors")[0].at("id").get<std::string>().size(), 16u);
  const auto verified =
      run_json({"inspect", path("kv.szf"), "--predictor", path("model.predictor")});
  EXPECT_EQ(verified.at("verified"), true);
  EXPECT_EQ(verified.at("predictors"), json.at("predictors"));
  EXPECT_GT(json.at("ratio"), verified.at("ranked_ratio"));
}

TEST_F(PredictedCommandTest, FramesOfAnotherPredictorAreRefusedByName) {
  calibrate("model.predictor", "1b");
  calibrate("other.predictor", "1");
  run({"encode", path("text1.bf16"), path("kv.szf"), "--codec", "predicted", "--predictor",
       path("model.predictor")});
  const std::string id = run_json({"inspect", path("kv.szf")})["predictors"][0]["id"];
  expect_refusal({"decode", path("kv.szf"), path("back.bf16")}, id);
  expect_refusal(
      {"decode", path("kv.szf"), path("back.bf16"), "--predictor", path("other.predictor")}, id);
  EXPECT_EQ(read("back.bf16"), "");
}

TEST_F(PredictedCommandTest, WhatDoesNotFitIsRefused) {
  calibrate("model.predictor", "1b");
  const std::vector<std::string> encode{"encode", path("text1.bf16"), path("kv.szf")};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), encode.begin(), encode.end());
    return more;
  };
  expect_refusal(with({"--codec", "predicted"}), "needs --predictor");
  expect_refusal(with({"--predictor", path("model.predictor")}), "are for --codec predicted");
  expect_refusal(
      with({"--codec", "predicted", "--predictor", path("model.predictor"), "--mode", "2b"}),
      "up to mode 1b, not 2b");
  expect_refusal(with({"--codec", "predicted", "--predictor", path("text1.json")}),
                 "not a predictor");
  write("text1.json", R"({"shape": [6, 2, 256, 32]})");
  expect_refusal(with({"--codec", "predicted", "--predictor", path("model.predictor")}),
                 "6 layers of 32 elements a token, the predictor is for 3 of 2 x 32");
  expect_refusal({"calibrate", "--predictor", path("text1.bf16"), "-o", path("x")}, "kv_heads");
  expect_refusal({"calibrate", "--predictor", path("text2.bf16")}, "name it by -o");
}

}  // namespace
}  // namespace splitbench
