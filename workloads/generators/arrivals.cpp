#include "workloads/generators/arrivals.hpp"

#include <cmath>

#include "workloads/generators/random.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

double gamma_shape(const WorkloadSpec& spec) {
  return spec.burstiness > 0 ? spec.burstiness : 1 / (spec.cv * spec.cv);
}

double weibull_cv(double shape) {
  const double mean = gamma_function(1 + 1 / shape);
  return std::sqrt(gamma_function(1 + 2 / shape) / (mean * mean) - 1);
}

}  // namespace

double weibull_shape(double cv) {
  double low = 0.1, high = 20;  // cv falls from 430 to 0.06
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (weibull_cv(middle) > cv ? low : high) = middle;
  }
  return (low + high) / 2;
}

ArrivalProcess::ArrivalProcess(const WorkloadSpec& spec, std::uint64_t seed)
    : kind_(spec.arrivals), rate_(spec.rate), random_(seed, "arrivals"), schedule_(spec.schedule) {
  if (kind_ == Arrivals::gamma) {
    shape_ = gamma_shape(spec);
    scale_ = 1 / shape_;
  } else if (kind_ == Arrivals::weibull) {
    shape_ = weibull_shape(spec.cv);
    scale_ = 1 / gamma_function(1 + 1 / shape_);
  } else if (kind_ == Arrivals::on_off) {
    on_ = seconds(spec.on) * rate_;
    off_ = seconds(spec.off) * rate_;
    on_left_ = on_ * random_.exponential();
  }
}

double ArrivalProcess::gap() {
  switch (kind_) {
    case Arrivals::poisson:
      return random_.exponential();
    case Arrivals::gamma:
      return scale_ * random_.gamma(shape_);
    case Arrivals::weibull:
      return scale_ * random_.weibull(shape_);
    case Arrivals::on_off: {
      double left = random_.exponential() * on_ / (on_ + off_), gap = 0;
      for (; left > on_left_; on_left_ = on_ * random_.exponential()) {
        left -= on_left_;
        gap += on_left_ + off_ * random_.exponential();
      }
      on_left_ -= left;
      return gap + left;
    }
    case Arrivals::constant:
    case Arrivals::trace:
    case Arrivals::closed:
      break;
  }
  return 1;
}

Time ArrivalProcess::next() {
  if (kind_ == Arrivals::closed) return Time(0);
  const double nanoseconds = schedule_.advance(gap() / rate_) * 1e9;
  if (!(nanoseconds <= kMaxArrival))
    throw InputError(
        "workload.rate: a request would arrive after more than a year, expected a larger one");
  return Time(static_cast<std::int64_t>(std::floor(nanoseconds + 0.5)));
}

}  // namespace splitbench
