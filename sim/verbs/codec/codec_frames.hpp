#pragma once
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "codec/frame.hpp"
#include "codec/frame_file.hpp"

namespace splitbench {

/// A file of frames, read whole, its headers checked.
struct EncodedFile {
  std::string path;
  std::vector<std::byte> bytes;
  FrameFile parts;  ///< spans of the bytes
  std::vector<FrameHeader> headers;

  std::uint64_t raw_bytes() const;
};

/// Throws InputError, also where a preface is not the .safetensors header of the frames behind it.
EncodedFile read_encoded_file(const std::string& path);

/// Decodes and verifies frame after frame and hands on their headers and elements. Throws
/// InputError at the first bad frame, so what `take` got before counts as nothing.
void decode_frames(
    const EncodedFile&, unsigned threads,
    const std::function<void(const FrameHeader&, std::span<const std::byte> raw)>& take);

/// Returns how many of a frame's elements have an exponent without a code. Only SplitZip frames say
/// so themselves; of a ranked frame's elements they are counted.
std::uint64_t escapes_of(const FrameHeader&, std::span<const std::byte> raw);

}  // namespace splitbench
