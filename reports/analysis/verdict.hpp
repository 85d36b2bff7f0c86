#pragma once
#include <cstdint>
#include <vector>

#include "workloads/enum_names.hpp"

namespace splitbench {

/// The verdict on how a system bears its load.
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

/// The waits of a run's requests, in seconds. arrival[i] and ttft[i] are of one request; requests
/// may be in any order.
struct Waits {
  std::vector<double> arrival;
  std::vector<double> ttft;
  double waiting = 0;  ///< time of all requests together in queues before the first token
};

/// Returns the verdict on a run of at least one request; with fewer than eight it is never
/// overloaded. Clients of a closed loop wait for each other, so that it is hardly ever overloaded.
Verdict verdict_of(const Waits& waits);

}  // namespace splitbench
