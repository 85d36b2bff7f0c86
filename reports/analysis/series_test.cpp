#include "reports/analysis/series.hpp"

#include <gtest/gtest.h>
#include <numeric>
#include <random>

#include "reports/testing/example_runs.hpp"

namespace splitbench {
namespace {

using example::ms;

double total(const std::vector<double>& bins) {
  return std::accumulate(bins.begin(), bins.end(), 0.0);
}

TEST(SeriesTest, CompletionsAddUpToTheRequestsAndBytesToThoseOnTheWire) {
  const RunRecord run = example::run("raw", 0, ms(128), Time{0});
  const Series series = series_of(run);
  const double bin = seconds(series.bin);
  EXPECT_NEAR(total(series.throughput) * bin, static_cast<double>(run.timelines.size()), 0.01);
  double bits = 0;
  for (const Transfer& transfer : run.transfers)
    bits += 8 * static_cast<double>(transfer.wire_bytes);
  EXPECT_NEAR(total(series.link_rate) * bin, bits, bits / 1000);
}

TEST(SeriesTest, WaitingIsTheMeanNumberOfRequestsThatAreNotYetInPrefill) {
  // 400 requests that wait for random times, against a count by sampling.
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> somewhere(0, 1000);
  RunRecord run{.arm = "raw", .repeat = 0};
  for (int i = 0; i < 400; ++i) {
    Timeline t = example::timeline("raw", 0, 0, ms(1), Time{0});
    t.arrival = ms(somewhere(random));
    t.prefill_begin = t.arrival + ms(somewhere(random) / 5);
    t.last_token = ms(1200);
    run.timelines.push_back(t);
  }
  const Series series = series_of(run);
  constexpr int kSamples = 200;  // of each bin
  for (std::size_t bin = 0; bin < series.waiting.size(); ++bin) {
    double waiting = 0;
    for (int s = 0; s < kSamples; ++s) {
      const Time at = series.begin + series.bin * static_cast<int>(bin) + series.bin * s / kSamples;
      for (const Timeline& t : run.timelines) waiting += t.arrival <= at && at < t.prefill_begin;
    }
    EXPECT_NEAR(series.waiting[bin], waiting / kSamples, 0.5) << bin;
  }
}

TEST(SeriesTest, IsEmptyWithoutARequest) {
  EXPECT_EQ(series_of(RunRecord{.arm = "raw"}), Series{});
}

}  // namespace
}  // namespace splitbench
