#include "workloads/generators/random.hpp"

#include <array>
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workloads/generators/kolmogorov_smirnov.hpp"

namespace splitbench {
namespace {

constexpr int kDraws = 100'000;

template <typename Draw>
std::vector<double> draws(Draw draw) {
  Random random(1, "test");
  std::vector<double> values;
  for (int i = 0; i < kDraws; ++i) values.push_back(static_cast<double>(draw(random)));
  return values;
}

TEST(RandomTest, DrawsWhatItIsAskedFor) {
  expect_from(draws([](Random& r) { return r.uniform(); }), [](double x) { return x; });
  expect_from(draws([](Random& r) { return r.exponential(); }),
              [](double x) { return 1 - std::exp(-x); });
  expect_from(draws([](Random& r) { return r.normal(); }), normal_cdf);
  for (const double shape : {0.3, 1.0, 5.0})
    expect_from(draws([=](Random& r) { return r.weibull(shape); }),
                [=](double x) { return 1 - std::exp(-std::pow(x, shape)); });
  for (const double alpha : {0.5, 3.0})
    expect_from(draws([=](Random& r) { return r.pareto(alpha); }),
                [=](double x) { return 1 - std::pow(x, -alpha); });
}

/// The shapes are those whose distribution has a closed form: chi squared with one degree of
/// freedom, and the sum of k exponentials.
TEST(RandomTest, DrawsFromTheGammaDistribution) {
  expect_from(draws([](Random& r) { return r.gamma(0.5); }),
              [](double x) { return std::erf(std::sqrt(x)); });
  for (const int k : {1, 4, 30})
    expect_from(draws([=](Random& r) { return r.gamma(k); }), [=](double x) {
      double rest = 0, term = std::exp(-x);
      for (int i = 0; i < k; term *= x / ++i) rest += term;
      return 1 - rest;
    });
}

TEST(RandomTest, RanksFollowZipfsLaw) {
  for (const double exponent : {0.5, 1.0, 1.7})
    for (const std::size_t ranks : {1, 2, 1000}) {
      std::vector<double> upto{0};
      for (std::size_t k = 1; k <= ranks; ++k)
        upto.push_back(upto.back() + std::pow(static_cast<double>(k), -exponent));
      expect_from(
          draws([=](Random& r) { return r.zipf(ranks, exponent); }),
          [&](double x) { return upto[static_cast<std::size_t>(x)] / upto.back(); }, 0.5);
    }
}

TEST(RandomTest, CountsBelowALimitAreEquallyLikely) {
  std::array<int, 7> seen{};
  Random random(1, "test");
  for (int i = 0; i < 70'000; ++i) ++seen[random.below(7)];
  EXPECT_THAT(seen, testing::Each(testing::AllOf(testing::Gt(9'600), testing::Lt(10'400))));
}

TEST(RandomTest, AChanceOfNothingDrawsNothing) {
  Random one(1, "test"), other(1, "test");
  EXPECT_FALSE(one.chance(0));
  EXPECT_EQ(one.uniform(), other.uniform());
  EXPECT_TRUE(one.chance(1));
}

TEST(RandomTest, PurposesAndSeedsAreStreamsOfTheirOwn) {
  const auto first = [](std::uint64_t seed, const char* purpose) {
    return Random(seed, purpose).uniform();
  };
  EXPECT_EQ(first(1, "a"), first(1, "a"));
  EXPECT_NE(first(1, "a"), first(1, "b"));
  EXPECT_NE(first(1, "a"), first(2, "a"));
  EXPECT_NE(first(1, "a"), first(1 + (1ULL << 32), "a"));
}

/// The bits are those that any other compiler and library must give, too.
TEST(RandomTest, GivesTheSameBitsEverywhere) {
  Random random(7, "golden");
  EXPECT_EQ(random.uniform(), 0x1.6a1e9f810773ep-2);
  EXPECT_EQ(random.exponential(), 0x1.1d544a581784ap+2);
  EXPECT_EQ(random.normal(), 0x1.812703812f156p-1);
  EXPECT_EQ(random.gamma(0.3), 0x1.55310aa9aa498p-5);
  EXPECT_EQ(random.gamma(7), 0x1.61459f4bf0739p+2);
  EXPECT_EQ(random.weibull(0.6), 0x1.0ff26d8bea298p-3);
  EXPECT_EQ(random.pareto(1.1), 0x1.4a72a1889cad9p+0);
  EXPECT_EQ(random.zipf(1'000'000, 1.2), 32588u);
  EXPECT_EQ(random.below(1'000'000), 981762u);
}

}  // namespace
}  // namespace splitbench
