#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace splitbench {

// A file of frames (codec/FORMAT.md) is its header, a preface, then the frames. The preface is what
// preceded the elements in the file that was encoded, such as the header of a .safetensors file, so
// that preface and elements together are that file again. For raw elements it is empty.

inline constexpr std::uint64_t kFrameFileHeaderBytes = 128;

/// The parts of a file of frames. The spans point into the file's bytes, which must outlive them.
struct FrameFile {
  std::span<const std::byte> preface;
  std::vector<std::span<const std::byte>> frames;
};

/// Returns the start of a file of frames: header, preface and padding, up to the first frame.
/// `file_bytes` is the length of the whole file. The frames follow one another without gaps.
std::vector<std::byte> frame_file_start(std::uint64_t frames, std::uint64_t file_bytes,
                                        std::span<const std::byte> preface = {});

/// Returns the length of frame_file_start, which is the offset of the first frame.
std::uint64_t frame_file_start_bytes(std::uint64_t preface_bytes);

/// Returns the parts of a file whose header, preface and headers of frames have been checked;
/// decode() checks the rest. Throws BadFrame, with the frame's number from 0 if a frame is at
/// fault; a file that was cut, or has bytes after its last frame, is refused.
FrameFile split_frame_file(std::span<const std::byte> file);

}  // namespace splitbench
