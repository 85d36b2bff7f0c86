#include "workers/kv/kv_profile.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>

#include "codec/exponent_statistics.hpp"
#include "workloads/generators/random.hpp"

namespace splitbench {
namespace {

constexpr TensorProfile kPlain{.scale = 0.3, .spread = 0.4, .tail = 0.3};

ExponentHistogram exponents(const KvDump& dump, std::uint32_t tensor) {
  const std::uint64_t bytes = dump.values.size() / (std::size_t{2} * dump.layers);
  return exponent_histogram(std::span(dump.values).subspan(tensor * bytes, bytes),
                            ElementType::bf16);
}

double deviation_of_ln(const KvDump& dump) {
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < dump.values.size(); i += 2) {
    std::uint32_t bits = 0;
    std::memcpy(reinterpret_cast<char*>(&bits) + 2, &dump.values[i], 2);
    const double x = std::log(std::abs(std::bit_cast<float>(bits)));
    sum += x;
    squares += x * x;
  }
  const auto n = static_cast<double>(dump.elements());
  return std::sqrt(squares / n - sum / n * (sum / n));
}

TEST(GaussianTest, HasTheMomentsAndTheTailsOfTheBell) {
  Gaussian gaussian(7);
  constexpr int kDraws = 4'000'000;
  std::array<double, 5> moments{};
  int beyond_2 = 0, beyond_4 = 0, below_tiny = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = gaussian();
    double power = 1;
    for (double& moment : moments) {
      moment += power / kDraws;
      power *= x;
    }
    beyond_2 += std::abs(x) > 2;
    beyond_4 += std::abs(x) > 4;
    below_tiny += std::abs(x) < 0x1p-10;
  }
  EXPECT_NEAR(moments[1], 0, 0.002);
  EXPECT_NEAR(moments[2], 1, 0.003);
  EXPECT_NEAR(moments[3], 0, 0.008);
  EXPECT_NEAR(moments[4], 3, 0.03);
  EXPECT_NEAR(beyond_2 / double{kDraws}, 0.0455, 0.0004);
  EXPECT_NEAR(beyond_4 / double{kDraws}, 6.334e-5, 1.6e-5);
  EXPECT_NEAR(below_tiny / double{kDraws}, 7.792e-4, 5.6e-5);
}

TEST(GaussianTest, GivesTheSameNumbersOnEveryMachine) {
  Gaussian gaussian(1);
  std::uint64_t sum = 0;
  for (int i = 0; i < 100'000; ++i) sum = sum * 31 + std::bit_cast<std::uint64_t>(gaussian());
  EXPECT_EQ(sum, 1702503861019949910u);
}

TEST(KvProfileTest, TheSameSeedGivesTheSameBytesAndAnotherGivesOthers) {
  const KvProfile profile{.k = {kPlain}, .v = {kPlain}};
  const KvDump dump = make_kv(profile, 3, 20, 64, 1);
  EXPECT_EQ(dump.values.size(), 2 * dump.elements());
  EXPECT_EQ(dump.values, make_kv(profile, 3, 20, 64, 1).values);
  EXPECT_NE(dump.values, make_kv(profile, 3, 20, 64, 2).values);
}

TEST(KvProfileTest, LnOfAGaussianCacheSpreadsAsPublishedAndFactorsAddToItsVariance) {
  constexpr double kGaussian = 1.2337;
  const auto deviation = [](TensorProfile profile) {
    return deviation_of_ln(make_kv({.k = {profile}, .v = {profile}}, 1, 128, 2048, 1));
  };
  EXPECT_NEAR(deviation({}), std::sqrt(kGaussian), 0.01);
  EXPECT_NEAR(deviation({.tail = 0.7}), std::sqrt(kGaussian + 0.49), 0.01);
  EXPECT_NEAR(deviation({.spread = 0.7}), std::sqrt(kGaussian + 0.49), 0.02);
  EXPECT_NEAR(deviation({.spread = 0.5, .tail = 0.5}), std::sqrt(kGaussian + 0.5), 0.02);
}

TEST(KvProfileTest, LayersOfAProfileAreStretchedOverThoseOfTheModel) {
  const KvProfile profile{.k = {{.scale = 1}, {.scale = 256}},
                          .v = {{.scale = 16}, {.scale = 4096}}};
  const KvDump dump = make_kv(profile, 5, 4, 64, 1);
  for (const auto& [tensor, exponent] :
       {std::pair{0u, 126}, {1u, 130}, {4u, 126}, {6u, 134}, {7u, 138}, {9u, 138}}) {
    const ExponentHistogram histogram = exponents(dump, tensor);
    const auto most = std::ranges::max_element(histogram) - histogram.begin();
    EXPECT_NEAR(static_cast<double>(most), exponent, 1) << "tensor " << tensor;
  }
}

void expect_near(const TensorProfile& found, const TensorProfile& made) {
  EXPECT_NEAR(found.scale / made.scale, 1, 0.08);
  EXPECT_NEAR(found.spread, made.spread, 0.04);
  EXPECT_NEAR(found.tail, made.tail, 0.04);
  EXPECT_NEAR(found.outlier_share, made.outlier_share, 0.005);
  EXPECT_NEAR(found.outlier_scale / made.outlier_scale, 1, 0.2);
  EXPECT_NEAR(found.sink / made.sink, 1, 0.15);
  EXPECT_NEAR(found.zeros, made.zeros, 0.1 * made.zeros);
  EXPECT_NEAR(found.padding, made.padding, 1e-3);
}

TEST(KvProfileTest, AFitGivesBackTheFiguresThatACacheWasMadeWith) {
  const KvProfile made{
      .k = {{.scale = 2, .spread = 0.6, .tail = 0.5},
            {.scale = 0.05, .spread = 0.3, .outlier_share = 0.03, .outlier_scale = 12},
            {.scale = 30, .spread = 0.1, .tail = 0.2, .sink = 5, .padding = 0.25}},
      .v = {{.scale = 0.2, .tail = 0.8, .zeros = 0.01},
            {.scale = 0.4, .spread = 0.2, .sink = 0.1},
            {.scale = 1, .spread = 0.5, .outlier_share = 0.05, .outlier_scale = 1.0 / 64}}};
  const KvProfile found = fit_kv_profile(make_kv(made, 3, 256, 1024, 1));
  ASSERT_EQ(found.layers(), 3u);
  for (std::size_t layer = 0; layer < 3; ++layer) {
    SCOPED_TRACE(layer);
    expect_near(found.k[layer], made.k[layer]);
    expect_near(found.v[layer], made.v[layer]);
  }
}

TEST(KvProfileTest, AFitOfNothingButZerosIsPadding) {
  KvDump dump{.layers = 1, .tokens = 4, .width = 8, .values = std::vector<std::byte>(128)};
  EXPECT_EQ(fit_kv_profile(dump).k[0], TensorProfile{.padding = 1});
}

/// The dumps that are at hand: one of the project, and caches of trained models, which are not.
std::vector<std::filesystem::path> dumps() {
  const std::filesystem::path field = "../shared/data/kv";
  std::vector<std::filesystem::path> found = {
      "codec/testing/data/channels.bf16", field / "babyllama105__agent.bf16",
      field / "stories260K__oz.bf16", field / "qwen2arch__agent.bf16"};
  std::erase_if(found, [](const auto& path) { return !std::filesystem::exists(path); });
  return found;
}

class KvProfileOfDumpTest : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(KvProfileOfDumpTest, ACacheMadeOfAFitLooksToACodecAsTheDumpDoes) {
  const KvDump dump = load_kv_dump(GetParam(), ElementType::bf16);
  const KvProfile profile = fit_kv_profile(dump);
  const KvDump made = make_kv(profile, dump.layers, dump.tokens, dump.width, 1);
  for (std::uint32_t tensor = 0; tensor < 2 * dump.layers; ++tensor) {
    SCOPED_TRACE(testing::Message() << "layer " << tensor / 2 << (tensor % 2 ? " v" : " k"));
    const ExponentHistogram a = exponents(dump, tensor), b = exponents(made, tensor);
    EXPECT_NEAR(entropy(b), entropy(a), 0.1);
    EXPECT_NEAR(coverage(b, 16), coverage(a, 16), 0.001);
  }
}

INSTANTIATE_TEST_SUITE_P(Dumps, KvProfileOfDumpTest, testing::ValuesIn(dumps()),
                         [](const auto& test) { return test.param.stem().string(); });

}  // namespace
}  // namespace splitbench
