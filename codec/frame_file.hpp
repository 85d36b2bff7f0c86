#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace splitbench {

// A file of frames (codec/FORMAT.md): its header, a preface, then the frames. The preface is what
// stood before the elements in the file that was encoded, as of a .safetensors file its header, so
// that preface and elements together are that file again. Of raw elements it is empty.

inline constexpr std::uint64_t kFrameFileHeaderBytes = 128;

/// Spans of the file.
struct FrameFile {
  std::span<const std::byte> preface;
  std::vector<std::span<const std::byte>> frames;
};

/// What a file of `file_bytes` begins with, up to the first of its frames, which follow one another
/// without gaps.
std::vector<std::byte> frame_file_start(std::uint64_t frames, std::uint64_t file_bytes,
                                        std::span<const std::byte> preface = {});

/// Its length: where the first frame goes.
std::uint64_t frame_file_start_bytes(std::uint64_t preface_bytes);

/// The parts of a file, its own header, its preface and the headers of its frames checked. Throws
/// BadFrame, with the frame's number from 0 where it is one frame's fault; a file that was cut, or
/// that goes on, is refused.
FrameFile split_frame_file(std::span<const std::byte> file);

}  // namespace splitbench
