#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace splitbench {

// A file of frames: 32 bytes (magic, number of frames, bytes of the file, checksum;
// codec/FORMAT.md), then the frames.

inline constexpr std::uint64_t kFrameFileHeaderBytes = 32;

/// Writes the 32 bytes at the start of `file`, the whole file, which already holds its frames
/// behind them.
void write_frame_file_header(std::span<std::byte> file, std::uint64_t frames);

/// The frames of a file, their headers checked. Throws BadFrame, with the frame's number from 0
/// where it is one frame's fault; a file that was cut, or that goes on, is refused.
std::vector<std::span<const std::byte>> split_frame_file(std::span<const std::byte> file);

}  // namespace splitbench
