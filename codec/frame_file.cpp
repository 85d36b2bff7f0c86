#include "codec/frame_file.hpp"

#include <array>
#include <cstring>
#include <fmt/core.h>

#include "codec/bad_frame.hpp"
#include "codec/digest.hpp"
#include "codec/frame.hpp"

namespace splitbench {
namespace {

struct FileHeader {
  static constexpr std::uint64_t kMagic = 0x53454d4152465a53;  // "SZFRAMES"

  std::uint64_t magic = kMagic;
  std::uint64_t frames = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t checksum = 0;
};
static_assert(sizeof(FileHeader) == kFrameFileHeaderBytes);

std::uint64_t checksum_of(const FileHeader& header) {
  return mix(header.magic, 0) + mix(header.frames, 1) + mix(header.file_bytes, 2);
}

}  // namespace

void write_frame_file_header(std::span<std::byte> file, std::uint64_t frames) {
  FileHeader header{.frames = frames, .file_bytes = file.size()};
  header.checksum = checksum_of(header);
  std::memcpy(file.data(), &header, sizeof header);
}

std::vector<std::span<const std::byte>> split_frame_file(std::span<const std::byte> file) {
  FileHeader header;
  if (file.size() < sizeof header) throw BadFrame("not a file of frames: shorter than its header");
  std::memcpy(&header, file.data(), sizeof header);
  if (header.magic != FileHeader::kMagic) {
    throw BadFrame("not a file of frames: it does not begin with SZFRAMES");
  }
  if (header.checksum != checksum_of(header))
    throw BadFrame("the file's header does not match its checksum");
  if (header.file_bytes != file.size()) {
    throw BadFrame(
        fmt::format("the file has {} bytes, its header says {}", file.size(), header.file_bytes));
  }

  std::vector<std::span<const std::byte>> frames;
  std::span<const std::byte> rest = file.subspan(sizeof header);
  for (std::uint64_t number = 0; number < header.frames; ++number) {
    try {
      const FrameHeader frame = read_header(rest);
      if (frame.frame_bytes > rest.size()) throw BadFrame(FrameFault::length);
      frames.push_back(rest.first(frame.frame_bytes));
    } catch (const BadFrame& fault) {
      throw BadFrame(fmt::format("frame {}: {}", number, fault.what()));
    }
    rest = rest.subspan(frames.back().size());
  }
  if (!rest.empty()) {
    throw BadFrame(
        fmt::format("{} bytes follow the last of {} frames", rest.size(), header.frames));
  }
  return frames;
}

}  // namespace splitbench
