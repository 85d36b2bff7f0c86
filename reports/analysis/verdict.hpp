#pragma once
#include <cstdint>
#include <vector>

#include "workloads/enum_names.hpp"

namespace splitbench {

/// How a system bears the load that it is given.
///
///   stable       requests hardly wait
///   backlogged   more than half of the mean TTFT is waiting in queues, but the queues do not grow
///   overloaded   TTFT grows through the run, by more than half of its mean from the first request
///                to the last, and the growth is no accident: the regression of TTFT on the
///                requests' arrival has a slope above 0 at 95%
///
/// An overloaded system's latencies say how long the run was, not how good the system is.
enum class Verdict : std::uint8_t { stable, backlogged, overloaded };

inline constexpr EnumNames<Verdict, 3> kVerdictNames = {{{
    {Verdict::stable, "stable"},
    {Verdict::backlogged, "backlogged"},
    {Verdict::overloaded, "overloaded"},
}}};

/// What the requests of a run tell of its load, in seconds and in any order.
struct Waits {
  std::vector<double> arrival;
  std::vector<double> ttft;
  double waiting = 0;  ///< time of all of them in queues before the first token
};

/// Needs a request. Clients of a closed loop wait for each other: it is hardly ever overloaded.
Verdict verdict_of(const Waits& waits);

}  // namespace splitbench
