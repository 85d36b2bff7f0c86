#pragma once
#include <cstdint>
#include <stdexcept>
#include <string>

namespace splitbench {

/// A feature that was not built into this program, or for which this machine has no device.
class Unavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws std::invalid_argument with the message `otherwise` unless `holds`.
inline void require(bool holds, const char* otherwise) {
  if (!holds) throw std::invalid_argument(otherwise);
}

/// The reason why a frame was refused. If there are several in the header, which is checked first,
/// it is the first that was met. Behind the header, the CPU names the first it met and CUDA the
/// first of this list, but `digest` only if there is no other. Both refuse the same frames, except
/// that a CUDA call also refuses kinds and types that its tasks do not expect.
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
  place,
  predictor,
};

/// Describes the fault: "the elements do not match the frame's digest". The text is static.
const char* describe(FrameFault fault);

/// A frame, or a file of frames, that is malformed. Elements decoded from it are invalid.
class BadFrame : public std::runtime_error {
 public:
  explicit BadFrame(const std::string& message) : std::runtime_error(message) {}
  explicit BadFrame(FrameFault fault) : std::runtime_error(describe(fault)) {}
};

}  // namespace splitbench
