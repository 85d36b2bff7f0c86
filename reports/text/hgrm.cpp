#include <bit>
#include <cassert>
#include <cmath>
#include <fmt/format.h>
#include <vector>

#include "reports/text/histogram_text.hpp"

namespace splitbench {
namespace {

constexpr int kTicksPerHalfDistance = 5;
/// The number of HdrHistogram's sub-buckets that corresponds to our histogram: three significant
/// digits.
constexpr std::uint64_t kSubBuckets = 2048;

double milliseconds(double nanoseconds) {
  return nanoseconds / 1e6;
}
double milliseconds(Time time) {
  return milliseconds(static_cast<double>(time.count()));
}

Time largest_in(const Histogram::Bucket& bucket) {
  return bucket.low + bucket.width - Time(1);
}

/// Returns the next level: there are five steps to each half of the distance to 100%, from 0% to
/// 50%, from there to 75%, and so on.
double next_level(double percent) {
  const double halvings = std::floor(std::log2(100 / (100 - percent))) + 1;
  return percent + 100 / (kTicksPerHalfDistance * std::exp2(halvings));
}

std::string line(const Histogram::Bucket& bucket, double percent, std::uint64_t passed) {
  return fmt::format("{:12.6f} {:14.12f} {:10} {:14.2f}\n", milliseconds(largest_in(bucket)),
                     percent / 100, passed, 100 / (100 - percent));
}

/// Returns a line for each level that the samples so far reach; the last sample reaches one and
/// then 100%.
std::string lines(const std::vector<Histogram::Bucket>& buckets, std::uint64_t total) {
  std::string text;
  std::uint64_t passed = 0;
  double level = 0;
  for (const Histogram::Bucket& bucket : buckets) {
    passed += bucket.count;
    const double reached = 100 * static_cast<double>(passed) / static_cast<double>(total);
    while (level <= reached && level < 100) {
      text += line(bucket, level, passed);
      level = next_level(level);
      if (passed == total) break;
    }
  }
  return text + fmt::format("{:12.6f} {:14.12f} {:10}\n", milliseconds(largest_in(buckets.back())),
                            1.0, total);
}

double middle_of(const Histogram::Bucket& bucket) {
  return static_cast<double>((bucket.low + bucket.width / 2).count());
}

double mean_of(const std::vector<Histogram::Bucket>& buckets, std::uint64_t total) {
  double sum = 0;
  for (const auto& bucket : buckets) sum += middle_of(bucket) * static_cast<double>(bucket.count);
  return sum / static_cast<double>(total);
}

double deviation_of(const std::vector<Histogram::Bucket>& buckets, double mean,
                    std::uint64_t total) {
  double squares = 0;
  for (const auto& bucket : buckets)
    squares += std::pow(middle_of(bucket) - mean, 2) * static_cast<double>(bucket.count);
  return std::sqrt(squares / static_cast<double>(total));
}

/// Returns the number of HdrHistogram's buckets: the doublings of 2048 that it takes to hold the
/// largest value.
int bucket_count(Time largest) {
  const auto doublings = static_cast<std::uint64_t>(largest.count()) / kSubBuckets;
  return 1 + static_cast<int>(std::bit_width(doublings));
}

}  // namespace

std::string to_hgrm(const Histogram& histogram) {
  assert(histogram.count() > 0);
  const std::vector<Histogram::Bucket> buckets = histogram.buckets();
  const Time largest = largest_in(buckets.back());
  const double mean = mean_of(buckets, histogram.count());
  const double deviation = deviation_of(buckets, mean, histogram.count());
  return fmt::format("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount",
                     "1/(1-Percentile)") +
         lines(buckets, histogram.count()) +
         fmt::format("#[Mean    = {:12.6f}, StdDeviation   = {:12.6f}]\n", milliseconds(mean),
                     milliseconds(deviation)) +
         fmt::format("#[Max     = {:12.6f}, Total count    = {:12}]\n", milliseconds(largest),
                     histogram.count()) +
         fmt::format("#[Buckets = {:12}, SubBuckets     = {:12}]\n", bucket_count(largest),
                     kSubBuckets);
}

}  // namespace splitbench
