#pragma once
#include <cstdint>

namespace splitbench {

/// How a frame holds its elements; the values stand in frames.
enum class FrameKind : std::uint8_t { stored = 0, splitzip = 1, ranked = 2 };

constexpr bool known(FrameKind kind) {
  return kind <= FrameKind::ranked;
}

}  // namespace splitbench
