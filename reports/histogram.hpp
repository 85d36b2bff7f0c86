#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "workloads/request.hpp"

namespace splitbench {

/// Counts of durations from 0 up, in buckets that are at most 1/1024 of their value wide: an HDR
/// histogram of three significant digits. Below 2048 ns every nanosecond has its own bucket. Two
/// histograms merge into exactly the histogram of both sets of samples. Not thread-safe.
class Histogram {
 public:
  struct Bucket {
    Time low;    ///< smallest duration in it
    Time width;  ///< it holds [low, low + width)
    std::uint64_t count;

    bool operator==(const Bucket&) const = default;
  };

  /// Counts a duration, which must not be negative, `count` times.
  void add(Time duration, std::uint64_t count = 1);
  void merge(const Histogram& other);

  std::uint64_t count() const { return total_; }

  /// Returns the smallest duration of the bucket that holds `duration`, which must not be negative.
  static Time low_of(Time duration);

  /// Returns the buckets that are not empty, ascending.
  std::vector<Bucket> buckets() const;

  /// Returns the q-quantile in seconds, for q in [0, 1], within 0.05% of what quantile()
  /// (workloads/statistics.hpp) gives for the samples. Needs count() > 0.
  double quantile(double q) const;
  std::vector<double> quantiles(std::span<const double> qs) const;

  bool operator==(const Histogram&) const = default;

 private:
  std::vector<std::uint64_t> counts_;  ///< one count per bucket; the last is not 0
  std::uint64_t total_ = 0;
};

}  // namespace splitbench
