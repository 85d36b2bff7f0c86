#pragma once
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace splitbench {

/// A moment or a duration in a run. Moments count from the start of the run (one arm, one repeat).
using Time = std::chrono::nanoseconds;

inline double seconds(Time time) {
  return std::chrono::duration<double>(time).count();
}

/// The id that no request has.
inline constexpr std::uint64_t kNoRequest = std::numeric_limits<std::uint64_t>::max();

/// What a user asks for: a prompt of so many tokens, and so many tokens back.
struct Request {
  std::uint64_t id = 0;   ///< position in the trace, from 0; unique within a run
  std::string session{};  ///< empty when the trace names none
  Time arrival{0};        ///< intended arrival; of a closed loop 0, the dispatcher decides
  std::uint64_t prompt_tokens = 0;
  std::uint64_t output_tokens = 0;
  std::uint64_t prefix_of = kNoRequest;  ///< an earlier request whose prompt begins the same
  std::uint64_t prefix_tokens = 0;       ///< how many leading tokens are the same as there
  std::vector<std::uint64_t> after{};    ///< requests that must have ended before it arrives
  Time delay{0};                         ///< from when the last of them ended

  bool operator==(const Request&) const = default;
};

}  // namespace splitbench
