#pragma once
#include <algorithm>
#include <cstdint>

#include "workloads/request.hpp"

namespace splitbench {

/// How long to wait before another attempt: twice as long after each that failed, up to a bound.
inline Time backoff(Time first, Time longest, std::uint32_t failed) {
  return std::min(longest, first * (std::int64_t{1} << std::min(failed, 16u)));
}

}  // namespace splitbench
