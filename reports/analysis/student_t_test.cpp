#include "reports/analysis/student_t.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <numbers>

namespace splitbench {
namespace {

/// The probability of values from 0 to `x`, by Simpson's rule.
double probability_up_to(double x, double degrees) {
  const double scale = std::exp(std::lgamma((degrees + 1) / 2) - std::lgamma(degrees / 2)) /
                       std::sqrt(degrees * std::numbers::pi);
  const auto density = [&](double at) {
    return scale * std::pow(1 + at * at / degrees, -(degrees + 1) / 2);
  };
  constexpr int kSteps = 2000;
  double sum = density(0) + density(x);
  for (int i = 1; i < kSteps; ++i) sum += density(x * i / kSteps) * (i % 2 == 1 ? 4 : 2);
  return sum * x / kSteps / 3;
}

TEST(StudentTest, HasItsProbabilityBelowIt) {
  for (const double probability : {0.95, 0.975})
    for (std::size_t degrees = 1; degrees <= 100; ++degrees) {
      const double t = student_t(probability, degrees);
      EXPECT_NEAR(0.5 + probability_up_to(t, static_cast<double>(degrees)), probability, 1e-6)
          << degrees;
    }
}

}  // namespace
}  // namespace splitbench
