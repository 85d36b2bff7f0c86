#pragma once
#include <cstdint>
#include <string_view>

#include "workloads/request.hpp"

namespace splitbench {

/// A unit that times are written in, up to kLatest.
struct TimeUnit {
  std::string_view name;
  std::int64_t nanoseconds;
  std::string_view expected;  ///< of a time in it, for messages
};

/// The latest time that is taken; a later one is regarded as a mistake. It is the year 2096 if it
/// counts from 1970.
inline constexpr Time kLatest{4'000'000'000'000'000'000};

inline constexpr TimeUnit kSeconds{"s", 1'000'000'000, "seconds from 0 to 4e9"};
inline constexpr TimeUnit kMilliseconds{"ms", 1'000'000, "milliseconds from 0 to 4e12"};
inline constexpr TimeUnit kMicroseconds{"us", 1'000, "microseconds from 0 to 4e15"};
inline constexpr TimeUnit kNanoseconds{"ns", 1, "nanoseconds from 0 to 4e18"};

/// Returns the unit of that name, if there is one.
const TimeUnit* time_unit_named(std::string_view name);

}  // namespace splitbench
