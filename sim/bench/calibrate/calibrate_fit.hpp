#pragma once
#include <span>

namespace splitbench {

/// What so many bytes took.
struct SizedTime {
  double bytes;
  double seconds;
};

/// A rate, and what a call costs however short it is.
struct Speed {
  double rate;       ///< bytes/s
  double call;       ///< seconds, never below zero
  double deviation;  ///< of the time that lies farthest from it, as a share of that time
};

/// The speed that relatively comes closest to the times of several sizes, by least squares.
Speed fit_speed(std::span<const SizedTime>);

/// The same where the cost of a call is known.
Speed fit_rate(std::span<const SizedTime>, double call);

}  // namespace splitbench
