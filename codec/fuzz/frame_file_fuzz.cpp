#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include "codec/frame_file.hpp"
#include "codec/fuzz/claim.hpp"
#include "codec/fuzz/repair.hpp"

namespace splitbench {
namespace {

constexpr unsigned kRepairFrames = 1;   ///< repair checksums of frame headers
constexpr unsigned kRepairPreface = 2;  ///< repair the digest of the preface
constexpr unsigned kRepairHeader = 4;   ///< repair length and checksum of the file

// Offsets in the file's header: codec/FORMAT.md.
constexpr std::size_t kFileBytes = 16;
constexpr std::size_t kPrefaceBytes = 24;
constexpr std::size_t kPrefaceDigest = 32;
constexpr std::size_t kChecksum = 40;

void put(std::span<std::byte> file, std::size_t place, std::uint64_t value) {
  std::memcpy(file.data() + place, &value, sizeof value);
}

/// Repairs checksums wherever a frame may begin and the magic number of one stands.
void repair_frames(std::span<std::byte> file) {
  for (std::size_t at = kFrameFileHeaderBytes; at + kHeaderBytes <= file.size(); at += kAlignment) {
    FrameHeader header;
    std::memcpy(&header, file.data() + at, sizeof header);
    if (header.magic != FrameHeader::kMagic) continue;
    header.checksum = header_checksum(header);
    put_header(header, file.subspan(at));
  }
}

void repair_preface(std::span<std::byte> file) {
  std::uint64_t bytes;
  std::memcpy(&bytes, file.data() + kPrefaceBytes, sizeof bytes);
  if (bytes > file.size() - kFrameFileHeaderBytes) return;
  put(file, kPrefaceDigest, digest(file.subspan(kFrameFileHeaderBytes, bytes)));
}

void repair_header(std::span<std::byte> file) {
  put(file, kFileBytes, file.size());
  put(file, kChecksum, 0);
  put(file, kChecksum, digest(file.first(kFrameFileHeaderBytes)));
}

/// Claims that the parts lie in the file one after the other and make that file again.
void check_parts(std::span<const std::byte> file, const FrameFile& parts) {
  const std::vector<std::byte> start =
      frame_file_start(parts.frames.size(), file.size(), parts.preface);
  claim(start.size() <= file.size() && std::ranges::equal(start, file.first(start.size())),
        "a file's start follows from its preface and how many frames it has");
  const std::byte* expected = file.data() + start.size();
  for (const std::span<const std::byte> frame : parts.frames) {
    claim(frame.data() == expected, "a frame begins where the one before it ends");
    claim(read_header(frame).frame_bytes == frame.size(), "a frame is as long as its header says");
    expected += frame.size();
  }
  claim(expected == file.data() + file.size(), "the last frame ends where the file does");
}

void check_file(unsigned flags, std::span<const std::byte> input) {
  // This copy has exactly the input's length, so that a memory checker sees every access outside.
  const auto memory = std::make_unique<std::byte[]>(input.size());
  const std::span file(memory.get(), input.size());
  std::ranges::copy(input, file.begin());
  if (file.size() >= kFrameFileHeaderBytes) {
    if (flags & kRepairFrames) repair_frames(file);
    if (flags & kRepairPreface) repair_preface(file);
    if (flags & kRepairHeader) repair_header(file);
  }
  try {
    check_parts(file, split_frame_file(file));
  } catch (const BadFrame&) {
    return;
  }
}

}  // namespace
}  // namespace splitbench

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
  if (size == 0) return 0;
  splitbench::check_file(input[0], std::as_bytes(std::span(input, size)).subspan(1));
  return 0;
}
