#pragma once
#include <chrono>
#include <cstdint>

namespace splitbench {

/// A fault that a scenario injects at one end of a connection, to show what the other end makes of
/// it.
struct Mischief {
  enum class Kind : std::uint8_t {
    cut,           ///< half of the next chunk goes out, then the socket closes
    corrupt,       ///< one byte of the next chunk is flipped on its way, after it was hashed
    delay,         ///< from the next chunk on nothing goes out, for `duration`
    duplicate,     ///< the next chunk goes out twice
    stop_reading,  ///< nothing is read from now on, for `duration`
  };
  Kind kind = Kind::cut;
  std::chrono::nanoseconds duration{0};
};

}  // namespace splitbench
