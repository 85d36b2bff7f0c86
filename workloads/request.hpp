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

/// A request of a user: a prompt of some tokens, and the number of tokens to generate.
struct Request {
  std::uint64_t id = 0;   ///< position in the trace, from 0; unique within a run
  std::string session{};  ///< empty when the trace names none
  Time arrival{0};        ///< intended arrival; 0 in a closed loop, where the dispatcher decides
  std::uint64_t prompt_tokens = 0;
  std::uint64_t output_tokens = 0;
  std::uint64_t prefix_of = kNoRequest;  ///< an earlier request whose prompt begins the same
  std::uint64_t prefix_tokens = 0;       ///< number of leading tokens that are the same as there
  std::uint64_t answer_tokens = 0;       ///< number of those behind them that prefix_of generated
  std::vector<std::uint64_t> after{};    ///< requests that must have ended before it arrives
  Time delay{0};  ///< time between the end of the last of them and this arrival

  bool operator==(const Request&) const = default;
};

}  // namespace splitbench
