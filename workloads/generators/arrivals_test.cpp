#include "workloads/generators/arrivals.hpp"

#include <cmath>
#include <gmock/gmock.h>

#include "workloads/generators/kolmogorov_smirnov.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

using testing::ElementsAre;

constexpr int kArrivals = 100'000;
constexpr double kRate = 20;

std::vector<double> arrivals(WorkloadSpec spec, int count = kArrivals) {
  spec.rate = kRate;
  ArrivalProcess process(spec, 1);
  std::vector<double> times;
  for (int i = 0; i < count; ++i) times.push_back(seconds(process.next()));
  return times;
}

std::vector<double> gaps(const WorkloadSpec& spec) {
  std::vector<double> values;
  double last = 0;
  for (const double time : arrivals(spec)) values.push_back(time - std::exchange(last, time));
  return values;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double cv(const std::vector<double>& values) {
  double squares = 0;
  for (const double middle = mean(values); const double value : values)
    squares += std::pow(value / middle - 1, 2);
  return std::sqrt(squares / static_cast<double>(values.size()));
}

/// Expects the arrivals in [0, end] to have rates in proportion to `integral`'s derivative.
void expect_times(const ScheduleSpec& schedule, double end, const Cdf& integral) {
  std::vector<double> times = arrivals({.schedule = schedule});
  ASSERT_GT(times.back(), end);
  std::erase_if(times, [=](double time) { return time > end; });
  ASSERT_GT(times.size(), 50'000u);
  expect_from(times, [&](double x) { return integral(x) / integral(end); });
}

TEST(ArrivalsTest, ConstantGapsAreAllTheSame) {
  EXPECT_THAT(arrivals({.arrivals = Arrivals::constant}, 3), ElementsAre(0.05, 0.1, 0.15));
  EXPECT_NEAR(arrivals({.arrivals = Arrivals::constant}).back(), kArrivals / kRate, 1e-6);
}

TEST(ArrivalsTest, PoissonGapsAreExponential) {
  expect_from(gaps({}), [](double x) { return 1 - std::exp(-kRate * x); });
}

/// The distributions of shapes 1/2 and 4 have a closed form.
TEST(ArrivalsTest, GammaGapsAreByCvOrByBurstiness) {
  const Cdf bursty = [](double x) { return std::erf(std::sqrt(kRate * x / 2)); };
  expect_from(gaps({.arrivals = Arrivals::gamma, .cv = std::sqrt(2.0)}), bursty);
  expect_from(gaps({.arrivals = Arrivals::gamma, .burstiness = 0.5}), bursty);
  expect_from(gaps({.arrivals = Arrivals::gamma, .burstiness = 4}), [](double x) {
    const double y = 4 * kRate * x;
    return 1 - std::exp(-y) * (1 + y + y * y / 2 + y * y * y / 6);
  });
}

TEST(ArrivalsTest, WeibullGapsHaveTheRateAndTheCv) {
  for (const double wanted : {0.25, 1.0, 2.5}) {
    const double shape = weibull_shape(wanted);
    const double scale = 1 / (kRate * std::tgamma(1 + 1 / shape));
    EXPECT_NEAR(std::tgamma(1 + 2 / shape) / std::pow(std::tgamma(1 + 1 / shape), 2) - 1,
                wanted * wanted, 1e-9);
    expect_from(gaps({.arrivals = Arrivals::weibull, .cv = wanted}),
                [=](double x) { return 1 - std::exp(-std::pow(x / scale, shape)); });
  }
}

/// A Poisson process that is interrupted has gaps of two exponentials, mixed (Kuczura 1973).
TEST(ArrivalsTest, OnOffGapsAreThoseOfAnInterruptedPoissonProcess) {
  const double on = 2, off = 6, rate = kRate * (on + off) / on;
  const double sum = rate + 1 / on + 1 / off, root = std::sqrt(sum * sum - 4 * rate / off);
  const double fast = (sum + root) / 2, slow = (sum - root) / 2;
  const double share = (rate - slow) / (fast - slow);
  expect_from(gaps({.arrivals = Arrivals::on_off,
                    .on = std::chrono::seconds(2),
                    .off = std::chrono::seconds(6)}),
              [=](double x) {
                return 1 - share * std::exp(-fast * x) - (1 - share) * std::exp(-slow * x);
              });
}

TEST(ArrivalsTest, MeetsTheRateAndTheBurstiness) {
  EXPECT_NEAR(mean(gaps({})) * kRate, 1, 0.01);
  EXPECT_NEAR(cv(gaps({})), 1, 0.01);
  for (const Arrivals kind : {Arrivals::gamma, Arrivals::weibull})
    for (const double wanted : {0.3, 1.0, 3.0}) {
      const std::vector<double> found = gaps({.arrivals = kind, .cv = wanted});
      EXPECT_NEAR(mean(found) * kRate, 1, 0.02 * wanted);
      EXPECT_NEAR(cv(found) / wanted, 1, 0.05);
    }
}

TEST(ArrivalsTest, ARampArrivesByItsIntegral) {
  expect_times({.shape = ScheduleShape::ramp, .from = 0.5, .to = 3, .over = 2000}, 2400,
               [](double x) {
                 const double t = std::min(x, 2000.0);
                 return 0.5 * t + 2.5 / 2000 * t * t / 2 + 3 * (x - t);
               });
}

TEST(ArrivalsTest, ASpikeArrivesByItsIntegral) {
  expect_times({.shape = ScheduleShape::spike, .factor = 10, .at = 1000, .lasting = 200}, 2500,
               [](double x) { return x + 9 * std::clamp(x - 1000, 0.0, 200.0); });
}

/// The schedule draws a cosine in 24 straight lines; the test takes the cosine itself.
TEST(ArrivalsTest, ADayArrivesByACosinesIntegral) {
  const double period = 1700, turn = 2 * std::acos(-1.0) / period;
  expect_times({.shape = ScheduleShape::diurnal, .swing = 0.8, .period = period}, 4500,
               [=](double x) { return x - 0.8 / turn * std::sin(turn * x); });
}

TEST(ArrivalsTest, ALargerRateBringsEachArrivalForwardInProportion) {
  for (const Arrivals kind : {Arrivals::poisson, Arrivals::gamma, Arrivals::weibull}) {
    ArrivalProcess slow({.arrivals = kind, .rate = 1, .cv = 2}, 5);
    ArrivalProcess fast({.arrivals = kind, .rate = 4, .cv = 2}, 5);
    for (int i = 0; i < 100; ++i) EXPECT_NEAR(seconds(slow.next()), 4 * seconds(fast.next()), 1e-8);
  }
}

TEST(ArrivalsTest, AClosedLoopsAreTheDispatchersToDecide) {
  EXPECT_THAT(arrivals({.arrivals = Arrivals::closed}, 3), testing::Each(0));
}

TEST(ArrivalsTest, NoneIsAfterMoreThanAYear) {
  ArrivalProcess process({.arrivals = Arrivals::constant, .rate = 1e-7}, 1);
  EXPECT_NO_THROW(process.next());
  EXPECT_NO_THROW(process.next());
  EXPECT_NO_THROW(process.next());
  EXPECT_THROW(process.next(), InputError);
}

/// The nanoseconds are those that any other compiler and library must give, too.
TEST(ArrivalsTest, AreTheSameEverywhere) {
  const auto third = [](WorkloadSpec spec) {
    spec.rate = 3;
    ArrivalProcess process(spec, 11);
    process.next();
    process.next();
    return process.next().count();
  };
  EXPECT_EQ(third({}), 827569269);
  EXPECT_EQ(third({.arrivals = Arrivals::gamma, .cv = 2}), 387168939);
  EXPECT_EQ(third({.arrivals = Arrivals::weibull, .cv = 2}), 445196043);
  EXPECT_EQ(third({.arrivals = Arrivals::on_off, .on = Time(1'000'000), .off = Time(300'000'000)}),
            315533385);
  EXPECT_EQ(third({.schedule = {.shape = ScheduleShape::diurnal, .swing = 0.5, .period = 1}}),
            748450558);
}

}  // namespace
}  // namespace splitbench
