#pragma once
#include <cstddef>
#include <vector>

namespace splitbench {

enum class ScheduleShape { none, ramp, diurnal, spike };

/// How the rate of arrivals moves over a run, in multiples of `workload.rate`. Times in seconds.
struct ScheduleSpec {
  ScheduleShape shape = ScheduleShape::none;
  double from = 0, to = 0, over = 0;       ///< ramp: straight from `from` to `to`, which then stays
  double swing = 0, period = 0;            ///< diurnal: from 1 - swing to 1 + swing and back
  double factor = 0, at = 0, lasting = 0;  ///< spike: `factor` for so long

  bool operator==(const ScheduleSpec&) const = default;
};

/// A rate in straight pieces, and the clock that it drives. A day begins at its quietest and is a
/// cosine drawn as 24 straight lines, so that its mean is the rate exactly.
class RateSchedule {
 public:
  explicit RateSchedule(const ScheduleSpec&);

  /// Moves on until the multiple's integral over time has grown by so many seconds and
  /// returns the time in seconds.
  double advance(double seconds);

 private:
  struct Piece {
    double length;  // seconds; of the last one that is not repeated, endless
    double from, to;
  };

  std::vector<Piece> pieces_;
  std::size_t piece_ = 0;
  double start_ = 0, offset_ = 0;  // of the piece, and in it
};

}  // namespace splitbench
