#include "workloads/generators/rate_schedule.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace splitbench {
namespace {

constexpr double kEndless = std::numeric_limits<double>::infinity();

/// cos(15 degrees * k) for k from 0 to 6; the other hours mirror these.
constexpr std::array kQuarterCosine = {1.0,
                                       0.96592582628906828675,
                                       0.86602540378443864676,
                                       0.70710678118654752440,
                                       0.5,
                                       0.25881904510252076235,
                                       0.0};

double cosine_of_hour(std::size_t hour) {
  const std::size_t half = hour <= 12 ? hour : 24 - hour;
  return half <= 6 ? kQuarterCosine[half] : -kQuarterCosine[12 - half];
}

}  // namespace

RateSchedule::RateSchedule(const ScheduleSpec& spec) {
  switch (spec.shape) {
    case ScheduleShape::none:
      pieces_ = {{kEndless, 1, 1}};
      break;
    case ScheduleShape::ramp:
      pieces_ = {{spec.over, spec.from, spec.to}, {kEndless, spec.to, spec.to}};
      break;
    case ScheduleShape::spike:
      pieces_ = {{spec.at, 1, 1}, {spec.lasting, spec.factor, spec.factor}, {kEndless, 1, 1}};
      break;
    case ScheduleShape::diurnal:
      const auto level = [&](std::size_t hour) { return 1 - spec.swing * cosine_of_hour(hour); };
      for (std::size_t hour = 0; hour < 24; ++hour)
        pieces_.push_back({spec.period / 24, level(hour), level(hour + 1)});
  }
}

double RateSchedule::advance(double seconds) {
  double left = seconds;
  for (;;) {
    const Piece& piece = pieces_[piece_];
    const double slope = piece.length < kEndless ? (piece.to - piece.from) / piece.length : 0;
    const double now = piece.from + slope * offset_;
    const double rest = piece.length - offset_;
    const double held = rest * (now + piece.to) / 2;
    if (left < held) {  // left = now x + slope x^2 / 2, solved without cancellation
      const double both = now + std::sqrt(std::max(0.0, now * now + 2 * slope * left));
      offset_ += both > 0 ? 2 * left / both : 0;
      return start_ + offset_;
    }
    left -= held;
    start_ += piece.length;
    offset_ = 0;
    piece_ = (piece_ + 1) % pieces_.size();
  }
}

}  // namespace splitbench
