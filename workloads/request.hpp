#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace splitbench {

/// A moment or a duration in a run. Moments count from the start of the run (one arm, one repeat).
using Time = std::chrono::nanoseconds;

inline double seconds(Time time) {
  return std::chrono::duration<double>(time).count();
}

/// What a user asks for: a prompt of so many tokens, and so many tokens back.
struct Request {
  std::uint64_t id = 0;   ///< position in the trace, from 0; unique within a run
  std::string session{};  ///< empty when the trace names none
  Time arrival{0};        ///< intended arrival; of a closed loop 0, the dispatcher decides
  std::uint64_t prompt_tokens = 0;
  std::uint64_t output_tokens = 0;

  bool operator==(const Request&) const = default;
};

}  // namespace splitbench
