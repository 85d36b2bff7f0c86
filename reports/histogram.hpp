#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "workloads/request.hpp"

namespace splitbench {

/// Counts of durations from 0 on, in buckets that are at most 1/1024 of their value wide: an HDR
/// histogram of three significant digits. Below 2048 ns every nanosecond has its own. Two of them
/// merge into the histogram of both sets of samples, exactly.
class Histogram {
 public:
  struct Bucket {
    Time low;    ///< the smallest duration in it
    Time width;  ///< it holds [low, low + width)
    std::uint64_t count;

    bool operator==(const Bucket&) const = default;
  };

  /// `duration` is not negative.
  void add(Time duration, std::uint64_t count = 1);
  void merge(const Histogram& other);

  std::uint64_t count() const { return total_; }

  /// Of the bucket that a duration from 0 on falls into.
  static Time low_of(Time duration);

  /// Those that are not empty, ascending.
  std::vector<Bucket> buckets() const;

  /// Returns seconds, for q in [0, 1]: what quantile() (workloads/statistics.hpp) gives, within
  /// 0.05%. Needs count() > 0.
  double quantile(double q) const;
  std::vector<double> quantiles(std::span<const double> qs) const;

  bool operator==(const Histogram&) const = default;

 private:
  std::vector<std::uint64_t> counts_;  ///< by bucket, without empty ones at its end
  std::uint64_t total_ = 0;
};

}  // namespace splitbench
