#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>

namespace splitbench {

/// What was asked for was not built into this program, or this machine has no device for it.
class Unavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws std::invalid_argument.
inline void require(bool holds, const char* otherwise) {
  if (!holds) throw std::invalid_argument(otherwise);
}

/// Why a frame was refused. Where several hold, the CPU names the first it met and CUDA the first
/// of this list; whether a frame is refused does not depend on the backend.
enum class FrameFault : std::uint32_t {
  none,
  length,
  magic,
  version,
  checksum,
  kind,
  element_type,
  code_bits,
  elements,
  reserved,
  codebook,
  escapes,
  frame_bytes,
  padding,
  tile_ends,
  escape_position,
  escape_exponent,
  escape_code,
  digest,
  stream,
};

/// The fault in words: "the digest of the elements does not match the header".
const char* describe(FrameFault fault);

/// A frame, or a file of frames, that is not one. Nothing that was decoded from it counts.
class BadFrame : public std::runtime_error {
 public:
  explicit BadFrame(const std::string& message) : std::runtime_error(message) {}
  explicit BadFrame(FrameFault fault) : std::runtime_error(describe(fault)) {}
};

}  // namespace splitbench
