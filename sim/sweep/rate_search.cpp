#include "sim/sweep/rate_search.hpp"

#include <algorithm>
#include <cmath>

#include "workloads/statistics.hpp"

namespace splitbench {
namespace {

double four_digits(double rate) {
  return round_to_digits(rate, 4);
}

}  // namespace

RateSearch::RateSearch(double first, double precision)
    : first_(std::clamp(four_digits(first), kLowestRate, kHighestRate)), precision_(precision) {}

std::optional<double> RateSearch::next() const {
  if (!passed_ && !refused_) return first_;
  if (passed_ && refused_) {
    const double middle = four_digits(std::sqrt(*passed_ * *refused_));
    const bool apart = *passed_ < middle && middle < *refused_;
    return apart && *refused_ > (1 + precision_) * *passed_ ? std::optional(middle) : std::nullopt;
  }
  const double further = passed_ ? std::min(2 * *passed_, kHighestRate)
                                 : std::max(four_digits(*refused_ / 2), kLowestRate);
  return further == (passed_ ? *passed_ : *refused_) ? std::nullopt : std::optional(further);
}

void RateSearch::take(bool passed) {
  (passed ? passed_ : refused_) = next();
}

}  // namespace splitbench
