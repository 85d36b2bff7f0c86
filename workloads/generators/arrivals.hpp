#pragma once
#include <cstdint>

#include "workloads/generators/random.hpp"
#include "workloads/generators/rate_schedule.hpp"
#include "workloads/generators/workload.hpp"

namespace splitbench {

/// When one session after the other begins, without end.
///
///   constant   a gap of 1 / rate between two
///   poisson    independent exponential gaps
///   gamma      independent gaps of the gamma distribution: bursty where cv is above 1
///   weibull    independent gaps of the Weibull distribution
///   on_off     a Poisson process that is switched on and off for exponential times (an MMPP with
///              one silent state); it begins on, and its rate is the mean over both
///   closed     all at once, at 0; who holds them back is not known here
///
/// Each process has `rate` arrivals a second on average, the first gap begins at 0, and a schedule
/// bends the time of all of them: where it says 2, twice as many arrive.
class ArrivalProcess {
 public:
  ArrivalProcess(const WorkloadSpec&, std::uint64_t seed);

  /// Throws InputError where it would be after more than a year.
  Time next();

 private:
  double gap();  // of mean 1

  Arrivals kind_;
  double rate_;
  double shape_ = 1, scale_ = 1;  // of the gaps' distribution
  double on_ = 0, off_ = 0;       // mean times, in mean gaps
  double on_left_ = 0;            // of the time that it is on now
  Random random_;
  RateSchedule schedule_;
};

/// The shape of the Weibull distribution whose deviation is `cv` times its mean, for cv from 0.1 to
/// 10.
double weibull_shape(double cv);

}  // namespace splitbench
