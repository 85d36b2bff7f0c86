#include "workloads/generators/distribution.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>

#include "workloads/generators/kolmogorov_smirnov.hpp"
#include "workloads/input_error.hpp"
#include "workloads/scratch_folder.hpp"
#include "workloads/traces/trace_request.hpp"

namespace splitbench {
namespace {

/// Returns lengths as requests get them: whole tokens, at least 1.
std::vector<double> lengths(const Distribution& distribution) {
  Sampler sampler(distribution, 1, "test");
  std::vector<double> values;
  for (int i = 0; i < 100'000; ++i) values.push_back(static_cast<double>(sampler.tokens()));
  return values;
}

double lognormal_cdf(double x, double median, double sigma) {
  return x <= 0 ? 0 : normal_cdf(std::log(x / median) / sigma);
}

/// Returns the distribution with every draw outside moved to the bound.
Cdf bounded(const Cdf& cdf, double min, double max) {
  return [=](double x) { return x < min ? 0 : x >= max ? 1 : cdf(x); };
}

/// A trace of prompts of 10, 20, ... 50 tokens with answers of 1, 2, ... 5.
class EmpiricalTest : public testing::Test {
 protected:
  EmpiricalTest() {
    std::ofstream file(path_);
    for (int i = 1; i <= 5; ++i)
      file << R"({"timestamp": 0, "input_length": )" << 10 * i << R"(, "output_length": )" << i
           << R"(, "hash_ids": []})" << '\n';
  }

  const ScratchFolder folder_;
  const std::filesystem::path path_ = folder_.file("recorded.jsonl");
};

TEST(DistributionTest, AFixedOneIsItsNumber) {
  EXPECT_THAT(lengths(fixed(8192)), testing::Each(8192));
  EXPECT_EQ(Sampler(fixed(5), 1, "test").time(), Time(5));
}

TEST(DistributionTest, UniformAndExponential) {
  expect_from(
      lengths({.shape = Shape::uniform, .from = 1000, .to = 9000}),
      [](double x) { return std::clamp((x - 1000) / 8000, 0.0, 1.0); }, 0.5);
  expect_from(lengths({.shape = Shape::exponential, .mean = 700}),
              bounded([](double x) { return 1 - std::exp(-x / 700); }, 0.75, 1e9), 0.5);
}

TEST(DistributionTest, LognormalByItsDeviationOrItsP99) {
  const Cdf cdf = [](double x) { return lognormal_cdf(x, 2048, 1.2); };
  expect_from(lengths({.shape = Shape::lognormal, .median = 2048, .sigma = 1.2}), cdf, 0.5);
  const double p99 = 2048 * std::exp(1.2 * 2.3263478740408408);
  expect_from(lengths({.shape = Shape::lognormal, .median = 2048, .p99 = p99}), cdf, 0.5);
}

TEST(DistributionTest, DrawsOutsideTheBoundsAreMovedThere) {
  expect_from(
      lengths({.shape = Shape::lognormal, .median = 2048, .sigma = 1.2, .min = 512, .max = 8192}),
      bounded([](double x) { return lognormal_cdf(x, 2048, 1.2); }, 512, 8192), 0.5);
}

TEST(DistributionTest, ParetoLognormalIsALognormalBodyWithAHeavyTail) {
  expect_from(
      lengths({.shape = Shape::pareto_lognormal,
               .median = 900,
               .sigma = 0.8,
               .alpha = 1.5,
               .scale = 8000,
               .share = 0.1}),
      [](double x) {
        const double tail = x < 8000 ? 0 : 1 - std::pow(x / 8000, -1.5);
        return 0.9 * lognormal_cdf(x, 900, 0.8) + 0.1 * tail;
      },
      0.5);
}

TEST(DistributionTest, ZipfDrawsItsLowestMost) {
  std::vector<double> upto{0};
  for (int k = 1; k <= 3901; ++k) upto.push_back(upto.back() + std::pow(k, -0.8));
  expect_from(
      lengths({.shape = Shape::zipf, .from = 100, .to = 4000, .exponent = 0.8}),
      [&](double x) { return upto[static_cast<std::size_t>(x - 99)] / upto.back(); }, 0.5);
}

TEST(DistributionTest, QuantilesAreMetAndBetweenThemTheLogarithmIsStraight) {
  Distribution given{.shape = Shape::quantiles};
  given.points = {100, 0, 0, 1000, 0, 8000, 0, 60'000, 0, 200'000};
  const std::vector<std::pair<double, double>> points = {
      {0, 100}, {0.5, 1000}, {0.9, 8000}, {0.99, 60'000}, {1, 200'000}};
  expect_from(
      lengths(given),
      [&](double x) {
        for (std::size_t i = 1; i < points.size(); ++i) {
          const auto& [low, first] = points[i - 1];
          const auto& [high, last] = points[i];
          if (x < last)
            return std::max(0.0, low + (high - low) * std::log(x / first) / std::log(last / first));
        }
        return 1.0;
      },
      0.5);
}

TEST_F(EmpiricalTest, DrawsATracesLengthsAgain) {
  const auto step = [](double x) { return std::clamp(std::floor(x), 0.0, 5.0) / 5; };
  expect_from(lengths({.shape = Shape::empirical_outputs, .file = path_}), step, 0.5);
  expect_from(
      lengths({.shape = Shape::empirical_prompts, .file = path_}),
      [&](double x) { return step(x / 10); }, 0.5);
}

TEST_F(EmpiricalTest, NeedsALengthToDraw) {
  std::filesystem::resize_file(path_, 0);
  EXPECT_THROW(lengths({.shape = Shape::empirical_outputs, .file = path_}), InputError);
}

TEST(DistributionTest, ALengthIsATokenAtLeastAndNeverAbsurd) {
  EXPECT_THAT(lengths({.shape = Shape::lognormal, .median = 1, .sigma = 30}),
              testing::Each(testing::AllOf(testing::Ge(1), testing::Le(kMaxTokens))));
}

/// The numbers are those that any other compiler and library must give, too.
TEST(DistributionTest, GivesTheSameNumbersEverywhere) {
  const auto three = [](const Distribution& distribution) {
    Sampler sampler(distribution, 3, "golden");
    std::vector<std::uint64_t> tokens;
    for (int i = 0; i < 3; ++i) tokens.push_back(sampler.tokens());
    return tokens;
  };
  using testing::ElementsAre;
  EXPECT_THAT(three({.shape = Shape::uniform, .from = 1, .to = 1e6}),
              ElementsAre(748252, 790872, 12033));
  EXPECT_THAT(three({.shape = Shape::lognormal, .median = 1e4, .p99 = 1e6}),
              ElementsAre(37843, 544, 376));
  EXPECT_THAT(three({.shape = Shape::zipf, .from = 1, .to = 1e6, .exponent = 1}),
              ElementsAre(21, 11, 840816));
}

}  // namespace
}  // namespace splitbench
