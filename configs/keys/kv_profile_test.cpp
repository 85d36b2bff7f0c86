#include "workers/kv/kv_profile.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <span>
#include <vector>

#include "codec/exponent_statistics.hpp"
#include "configs/reader/config_test.hpp"

namespace splitbench {
namespace {

/// The exponents of K and of V, by layer, of a cache as large as a test can afford.
struct Exponents {
  std::vector<ExponentHistogram> k, v;

  Exponents(const std::string& profile, std::uint32_t layers, std::uint64_t tokens = 16) {
    const KvDump dump = make_kv(load_kv_profile(profile), layers, tokens, 1024, 1);
    const std::size_t bytes = dump.values.size() / (std::size_t{2} * layers);
    for (std::size_t at = 0; at < dump.values.size(); at += bytes)
      (at / bytes % 2 == 0 ? k : v)
          .push_back(
              exponent_histogram(std::span(dump.values).subspan(at, bytes), ElementType::bf16));
  }
};

ExponentHistogram pooled(std::span<const ExponentHistogram> histograms) {
  ExponentHistogram sum{};
  for (const ExponentHistogram& histogram : histograms)
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += histogram[i];
  return sum;
}

struct Published {
  double top8, top16, entropy;
};

void expect_published(const ExponentHistogram& found, const Published& published) {
  EXPECT_NEAR(100 * coverage(found, 8), published.top8, 0.3);
  EXPECT_NEAR(100 * coverage(found, 16), published.top16, 0.3);
  EXPECT_NEAR(entropy(found), published.entropy, 0.1);
}

struct Model {
  const char* name;
  std::uint32_t layers;
  Published both;
};

class KvPresetTest : public testing::TestWithParam<Model> {};

TEST_P(KvPresetTest, HasThePublishedCoverageAndEntropyUnderOneCodebook) {
  const Exponents made(GetParam().name, GetParam().layers);
  const std::vector both = {pooled(made.k), pooled(made.v)};
  expect_published(pooled(both), GetParam().both);
}

INSTANTIATE_TEST_SUITE_P(Models, KvPresetTest,
                         testing::Values(Model{"qwen3-32b", 64, {90.1, 99.7, 3.29}},
                                         Model{"qwen3-30b-a3b", 48, {83.5, 99.3, 3.59}},
                                         Model{"llama-3.1-70b", 80, {89.7, 99.5, 3.41}},
                                         Model{"llama-3-8b", 32, {90.9, 99.6, 3.30}},
                                         Model{"phi-2", 32, {92.3, 99.6, 3.11}}),
                         [](const auto& model) {
                           std::string name = model.param.name;
                           std::erase_if(name, [](char c) { return c == '-' || c == '.'; });
                           return name;
                         });

TEST(KvPresetQwenTest, HasThePublishedCoverageOfKAndOfV) {
  const Exponents made("qwen3-32b", 64);
  expect_published(pooled(made.k), {96.68, 99.890, 2.813});
  expect_published(pooled(made.v), {89.59, 99.810, 3.318});
}

struct Layers {
  double mean = 0, lowest = 99, highest = 0;  ///< entropy, in bits
  double escapes8 = 0, escapes16 = 0;         ///< mean percent

  explicit Layers(const std::vector<ExponentHistogram>& histograms) {
    const auto count = static_cast<double>(histograms.size());
    for (const ExponentHistogram& histogram : histograms) {
      const double bits = entropy(histogram);
      mean += bits / count;
      lowest = std::min(lowest, bits);
      highest = std::max(highest, bits);
      escapes8 += 100 * (1 - coverage(histogram, 8)) / count;
      escapes16 += 100 * (1 - coverage(histogram, 16)) / count;
    }
  }
};

TEST(KvPresetQwenTest, ItsLayersSpreadAsThePublishedOnesDo) {
  const Exponents made("qwen3-32b", 64, 32);
  const Layers k(made.k), v(made.v);
  EXPECT_NEAR(k.mean, 2.798, 0.03);
  EXPECT_NEAR(k.lowest, 2.674, 0.05);
  EXPECT_NEAR(k.highest, 3.012, 0.05);
  EXPECT_NEAR(k.escapes8, 3.32, 0.3);
  EXPECT_NEAR(k.escapes16, 0.047, 0.01);
  EXPECT_NEAR(v.mean, 2.653, 0.03);
  EXPECT_NEAR(v.lowest, 2.601, 0.05);
  EXPECT_NEAR(v.highest, 2.775, 0.05);
  EXPECT_NEAR(v.escapes8, 1.96, 0.3);
  EXPECT_NEAR(v.escapes16, 0.017, 0.01);
}

TEST(KvPresetQwenTest, TheLlmProfileLiesWherePublishedLayersDo) {
  const Exponents made("llm", 16, 64);
  for (const std::vector<ExponentHistogram>& tensors : {made.k, made.v}) {
    for (const ExponentHistogram& histogram : tensors) {
      EXPECT_GT(entropy(histogram), 2.5);
      EXPECT_LT(entropy(histogram), 3.1);
      EXPECT_LT(1 - coverage(histogram, 16), 0.002);
    }
  }
}

using KvProfileKeysTest = ConfigTest;

constexpr const char* kProfile =
    "name: mine\nprovenance: \"made up\"\nk:\n  scale: [1, 2, 3]\n  spread: 0.5\n"
    "v: {scale: 0.25, tail: [0, 0.1, 0.2]}\n";

TEST_F(KvProfileKeysTest, AFigureIsOneForAllLayersOrAListOfOneALayer) {
  const KvProfile profile = load_kv_profile(write("mine.yaml", kProfile).string());
  ASSERT_EQ(profile.layers(), 3u);
  EXPECT_EQ(profile.k[1], (TensorProfile{.scale = 2, .spread = 0.5}));
  EXPECT_EQ(profile.v[2], (TensorProfile{.scale = 0.25, .tail = 0.2}));
}

TEST_F(KvProfileKeysTest, AProfileComesBackFromWhatIsWrittenOfIt) {
  const KvProfile profile = load_kv_profile(write("mine.yaml", kProfile).string());
  EXPECT_EQ(load_kv_profile(write("copy.yaml", to_yaml(profile)).string()), profile);
  KvProfile alike{.name = "alike"};
  alike.k.resize(4);
  alike.v.resize(4);
  EXPECT_EQ(load_kv_profile(write("alike.yaml", to_yaml(alike)).string()), alike);
}

TEST_F(KvProfileKeysTest, AScenarioTakesAShippedOneAFileOrAMapAndKeepsIt) {
  write("mine.yaml", kProfile);
  const Scenario scenario = load(std::string(kComplete) + "kv: {profile: mine.yaml}\n");
  EXPECT_EQ(scenario.kv.profile.name, "mine");
  EXPECT_EQ(load(to_yaml(scenario)).kv.profile, scenario.kv.profile);
  const Scenario in_place =
      load(std::string(kComplete) + "kv:\n  profile: {name: x, provenance: y, k: {tail: 0.5}}\n");
  EXPECT_EQ(in_place.kv.profile.k, (std::vector{TensorProfile{.tail = 0.5}}));
  EXPECT_EQ(load(to_yaml(in_place)).kv.profile, in_place.kv.profile);
  const Scenario named = load(std::string(kComplete) + "kv: {profile: llm}\n");
  EXPECT_NE(to_yaml(named).find("\n  profile: llm\n"), std::string::npos);
}

TEST_F(KvProfileKeysTest, IsTheModelsOwnWhereOneIsShipped) {
  for (const auto& [model, profile] : {std::pair("llama-3.1-70b", "llama-3.1-70b"),
                                       {"qwen3-32b", "qwen3-32b"},
                                       {"llama-3.2-1b", "llm"}}) {
    const Scenario scenario = load(std::string(kComplete), {fmt::format("model={}", model)});
    EXPECT_EQ(scenario.kv.profile.name, profile);
    EXPECT_NE(to_yaml(scenario).find("\n  profile: auto\n"), std::string::npos);
    EXPECT_EQ(load(to_yaml(scenario)).kv.profile, scenario.kv.profile);
  }
  const Scenario varied = load_scenario(write("s.yaml", kComplete), {},
                                        std::vector<std::string>{"model=llama-3.2-1b,qwen3-32b"});
  EXPECT_EQ(at_point(varied, std::vector<std::string>{"qwen3-32b"}).kv.profile.name, "qwen3-32b");
}

TEST_F(KvProfileKeysTest, PointsAtWhatIsWrongInAProfile) {
  write("p.yaml",
        "name: p\nprovenance: made up\nk:\n  scale: [1, 2, x]\n  spread: [1, 2]\n  tails: 3\n"
        "  outlier_share: 0.1\nv: {scale: [1, 2, 3], spread: -1, zeros: {a: 1}}\n");
  EXPECT_EQ(mistakes(std::string(kComplete) + "kv: {profile: p.yaml}\n"),
            "p.yaml:4:17: 'x' is no number; expected a number such as 0.5\n"
            "      scale: [1, 2, x]\n"
            "                    ^\n"
            "p.yaml:6:3: no key 'tails' in 'k'; did you mean 'tail'?\n"
            "      tails: 3\n"
            "      ^\n"
            "p.yaml:7:18: 'k.outlier_share' needs 'k.outlier_scale' beside it\n"
            "      outlier_share: 0.1\n"
            "                     ^\n"
            "p.yaml:8:12: a list of 3 figures beside one of 2; expected as many in each, one a "
            "layer\n"
            "    v: {scale: [1, 2, 3], spread: -1, zeros: {a: 1}}\n"
            "               ^\n"
            "p.yaml:8:31: '-1' is negative; expected a number such as 0.5\n"
            "    v: {scale: [1, 2, 3], spread: -1, zeros: {a: 1}}\n"
            "                                  ^\n"
            "p.yaml:8:42: expected a number from 0 to 1, or a list, found a map\n"
            "    v: {scale: [1, 2, 3], spread: -1, zeros: {a: 1}}\n"
            "                                             ^");
}

}  // namespace
}  // namespace splitbench
