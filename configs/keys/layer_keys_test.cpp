#include <string>
#include <utility>
#include <vector>

#include "configs/reader/config_test.hpp"

namespace splitbench {
namespace {

using Keeps = LayerKind::Keeps;

class LayerKeysTest : public ConfigTest {
 protected:
  static std::string model_of(const std::string& layers) {
    return "name: mixed\nlayers: " + layers +
           "\nhidden: 512\nattention_heads: 8\nkv_heads: 2\nhead_dim: 64\n"
           "active_parameters: 1 B\ntotal_parameters: 1 B\n";
  }
  ModelGeometry read(const std::string& layers) const {
    return load_model(write("m.yaml", model_of(layers)).string());
  }
  std::string first_line(const std::string& layers) const {
    const std::string said = message([&] { read(layers); });
    return said.substr(0, said.find('\n'));
  }
};

TEST_F(LayerKeysTest, ACountIsOfLayersThatKeepEveryToken) {
  for (const char* same : {"36", "36 x full", "12 x (full + 2 x full)"}) {
    const ModelGeometry model = read(same);
    EXPECT_EQ(model.layers, 36u) << same;
    EXPECT_TRUE(model.is_uniform()) << same;
  }
}

TEST_F(LayerKeysTest, KindsAreReadInTheirOrder) {
  const ModelGeometry model =
      read("2 x (window 128 + full) + state 2 MB + 2 x none + shared + shared 1k + 2 x state 10 B");
  const LayerKind window{.window = 128}, state{.keeps = Keeps::state, .state_bytes = 2'000'000};
  const LayerKind small{.keeps = Keeps::state, .state_bytes = 10};
  EXPECT_EQ(model.layers, 11u);
  EXPECT_EQ(model.kinds, (std::vector<LayerKind>{window,
                                                 {},
                                                 window,
                                                 {},
                                                 state,
                                                 {.keeps = Keeps::nothing},
                                                 {.keeps = Keeps::nothing},
                                                 {.keeps = Keeps::shared},
                                                 {.keeps = Keeps::shared, .window = 1024},
                                                 small,
                                                 small}));
}

TEST_F(LayerKeysTest, AreWrittenAsShortAsTheyRepeatAndReadBackTheSame) {
  for (const auto& [text, written] : std::vector<std::pair<std::string, std::string>>{
           {"window 128+full+window 128+full", "2 x (window 128 + full)"},
           {"5 x window 1024 + full + 5 x window 1024 + full + 2 x window 1024",
            "2 x (5 x window 1024 + full) + 2 x window 1024"},
           {"3 x window 64", "3 x window 64"},
           {"full + window 2 + none", "full + window 2 + none"},
           {"4 x (state 1000 B + none)", "4 x (state 1 kB + none)"},
       }) {
    const ModelGeometry model = read(text);
    EXPECT_NE(to_yaml(model).find("layers: " + written + '\n'), std::string::npos)
        << to_yaml(model);
    EXPECT_EQ(load_model(write("again.yaml", to_yaml(model)).string()), model);
  }
}

TEST_F(LayerKeysTest, AScenarioWritesAModelOfKindsAndReadsItBack) {
  const std::string rest(kComplete + sizeof("model: llama-3.2-1b"));
  write("m.yaml", model_of("3 x (window 128 + full)"));
  const Scenario scenario = load("model: m.yaml\n" + rest);
  EXPECT_EQ(scenario.pipeline.model.kinds.size(), 6u);
  EXPECT_EQ(load(to_yaml(scenario)).pipeline.model, scenario.pipeline.model);
}

TEST_F(LayerKeysTest, WhatIsNoStackOfLayersIsRefused) {
  const std::string way_out =
      "': expected a count from 1 to 1000, or kinds such as 18 x (window 128 + full): full, window "
      "TOKENS, state SIZE, shared, shared TOKENS or none";
  for (const char* wrong :
       {"window", "window 0", "full full", "2 x (full", "full)", "sliding 128", "0 x full",
        "full +", "1001 x full", "600 x full + 600 x none", "40 x (40 x (40 x (full)))", "state",
        "state 0 B", "2 x", "(((((((((full)))))))))"})
    EXPECT_EQ(first_line(wrong), "m.yaml:2:9: '" + std::string(wrong) + way_out) << wrong;
  EXPECT_EQ(first_line("window many"),
            "m.yaml:2:9: 'many' is no number; expected a count such as 512 or 8k");
  EXPECT_EQ(first_line("2000"),
            "m.yaml:2:9: '2000' is out of range; expected a count from 1 to 1000");
  EXPECT_EQ(first_line("3 x (none + shared)"),
            "m.yaml:2:9: no layer keeps anything; expected one of kind full, window or state");
}

TEST_F(LayerKeysTest, WhatNeedsLayersThatAreAlikeIsRefusedByName) {
  const auto first = [&](const std::string& added) {
    const std::string said = mistakes("model: qwen3-next-80b-a3b\nhardware: h200\n" + added +
                                      std::string(kComplete + sizeof("model: llama-3.2-1b")));
    return said.substr(0, said.find('\n'));
  };
  EXPECT_EQ(first("compute: gemm\n"),
            "s.yaml:3:10: compute: gemm does the work of layers that are all alike, and those of "
            "model qwen3-next-80b-a3b are not; use compute: timed");
  EXPECT_EQ(first("time: virtual\narms: [raw, splitzip, ranked, bypass, auto]\n"), "nothing");
  EXPECT_EQ(first("time: virtual\narms: [raw, mine]\ncodecs: {mine: {ratio: 1.5, encode: 1 GB/s, "
                  "decode: 1 GB/s, call: 0 us}}\n"),
            "s.yaml:4:7: arm 'mine' has a ratio for KV, and nobody has measured it on the index or "
            "the states of model qwen3-next-80b-a3b; use time: real, or raw, bypass, splitzip, "
            "ranked");
}

}  // namespace
}  // namespace splitbench
