#pragma once
#include <cstdint>

#include "workloads/generators/random.hpp"
#include "workloads/generators/rate_schedule.hpp"
#include "workloads/generators/workload.hpp"

namespace splitbench {

/// The latest moment at which a request may arrive, a year after the first, in nanoseconds.
inline constexpr double kMaxArrival = 3.2e16;

/// The endless sequence of moments at which sessions begin.
///
///   constant   a gap of 1 / rate between two
///   poisson    independent exponential gaps
///   gamma      independent gaps of the gamma distribution: bursty if cv is above 1
///   weibull    independent gaps of the Weibull distribution
///   on_off     a Poisson process that is switched on and off for exponential times (an MMPP with
///              one silent state); it begins on, and its rate is the mean over both
///   closed     all at once, at 0; the limit on clients is applied elsewhere
///
/// Each process has `rate` arrivals a second on average, the first gap begins at 0, and a schedule
/// sets the pace of their time: while it is at 2, twice as many arrive. Not thread-safe.
class ArrivalProcess {
 public:
  ArrivalProcess(const WorkloadSpec&, std::uint64_t seed);

  /// Returns the next moment. Throws InputError if it is later than a year.
  Time next();

 private:
  double gap();  // gap in units of the mean gap

  Arrivals kind_;
  double rate_;
  double shape_ = 1, scale_ = 1;  // parameters of the gaps' distribution
  double on_ = 0, off_ = 0;       // mean on and off times, in mean gaps
  double on_left_ = 0;            // rest of the current on time, in mean gaps
  Random random_;
  RateSchedule schedule_;
};

/// Returns the shape of the Weibull distribution whose deviation is `cv` times its mean, for cv
/// from 0.1 to 10.
double weibull_shape(double cv);

}  // namespace splitbench
