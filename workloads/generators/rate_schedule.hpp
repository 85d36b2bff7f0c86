#pragma once
#include <cstddef>
#include <vector>

namespace splitbench {

enum class ScheduleShape { none, ramp, diurnal, spike };

/// The course of the rate of arrivals over a run, in multiples of `workload.rate`. Times are in
/// seconds.
struct ScheduleSpec {
  ScheduleShape shape = ScheduleShape::none;
  double from = 0, to = 0, over = 0;  ///< ramp: linear from `from` to `to`, which then stays
  double swing = 0, period = 0;       ///< diurnal: rises from 1 - swing to 1 + swing and falls back
  double factor = 0, at = 0, lasting = 0;  ///< spike: `factor` from `at` on, for `lasting`

  bool operator==(const ScheduleSpec&) const = default;
};

/// A piecewise linear rate, and the clock that it drives. A day begins at its quietest and is a
/// cosine drawn as 24 straight lines, so that its mean is the rate exactly. Not thread-safe.
class RateSchedule {
 public:
  explicit RateSchedule(const ScheduleSpec&);

  /// Moves on until the multiple's integral over time has grown by that many seconds, and returns
  /// the time in seconds.
  double advance(double seconds);

 private:
  struct Piece {
    double length;  // seconds; endless for the last one of a schedule that is not repeated
    double from, to;
  };

  std::vector<Piece> pieces_;
  std::size_t piece_ = 0;
  double start_ = 0, offset_ = 0;  // start of the current piece, and the time in it
};

}  // namespace splitbench
