#include "codec/frame_file.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/core.h>

#include "codec/digest.hpp"
#include "codec/errors.hpp"
#include "codec/frame.hpp"

namespace splitbench {
namespace {

struct FileHeader {
  static constexpr std::uint64_t kMagic = 0x53454d4152465a53;  // "SZFRAMES"

  std::uint64_t magic = kMagic;
  std::uint64_t frames = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t preface_bytes = 0;
  std::uint64_t preface_digest = 0;
  std::uint64_t checksum = 0;
  std::uint64_t reserved[10] = {};
};
static_assert(sizeof(FileHeader) == kFrameFileHeaderBytes);
static_assert(kFrameFileHeaderBytes % kAlignment == 0);

std::uint64_t checksum_of(FileHeader header) {
  header.checksum = 0;
  return checksum(std::as_bytes(std::span(&header, 1)));
}

bool all_zero(std::span<const std::byte> bytes) {
  return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; });
}

FileHeader read_file_header(std::span<const std::byte> file) {
  FileHeader header;
  if (file.size() < sizeof header) throw BadFrame("not a file of frames: shorter than its header");
  std::memcpy(&header, file.data(), sizeof header);
  if (header.magic != FileHeader::kMagic)
    throw BadFrame("not a file of frames: it does not begin with SZFRAMES");
  if (header.checksum != checksum_of(header))
    throw BadFrame("the file's header does not match its checksum");
  if (header.file_bytes != file.size()) {
    throw BadFrame(
        fmt::format("the file has {} bytes, its header says {}", file.size(), header.file_bytes));
  }
  if (!all_zero(std::as_bytes(std::span(header.reserved))))
    throw BadFrame("the file's header has reserved bytes that are not zero");
  return header;
}

/// Returns the checked preface without its padding, which must be zero.
std::span<const std::byte> read_preface(std::span<const std::byte> rest, const FileHeader& header) {
  if (header.preface_bytes > rest.size() || padded(header.preface_bytes) > rest.size())
    throw BadFrame("the file ends within its preface");
  const auto preface = rest.first(header.preface_bytes);
  if (checksum(preface) != header.preface_digest)
    throw BadFrame("the file's preface does not match its digest");
  if (!all_zero(rest.first(padded(preface.size())).subspan(preface.size())))
    throw BadFrame("the file's preface is padded with bytes that are not zero");
  return preface;
}

}  // namespace

std::uint64_t frame_file_start_bytes(std::uint64_t preface_bytes) {
  return kFrameFileHeaderBytes + padded(preface_bytes);
}

std::vector<std::byte> frame_file_start(std::uint64_t frames, std::uint64_t file_bytes,
                                        std::span<const std::byte> preface) {
  FileHeader header{.frames = frames,
                    .file_bytes = file_bytes,
                    .preface_bytes = preface.size(),
                    .preface_digest = checksum(preface)};
  header.checksum = checksum_of(header);
  std::vector<std::byte> start(frame_file_start_bytes(preface.size()));
  std::memcpy(start.data(), &header, sizeof header);
  std::ranges::copy(preface, start.begin() + sizeof header);
  return start;
}

FrameFile split_frame_file(std::span<const std::byte> file) {
  const FileHeader header = read_file_header(file);
  FrameFile parts{.preface = read_preface(file.subspan(sizeof header), header), .frames = {}};
  auto rest = file.subspan(frame_file_start_bytes(header.preface_bytes));
  for (std::uint64_t number = 0; number < header.frames; ++number) {
    try {
      const FrameHeader frame = read_header(rest);
      if (frame.frame_bytes > rest.size()) throw BadFrame(FrameFault::length);
      parts.frames.push_back(rest.first(frame.frame_bytes));
    } catch (const BadFrame& fault) {
      throw BadFrame(fmt::format("frame {}: {}", number, fault.what()));
    }
    rest = rest.subspan(parts.frames.back().size());
  }
  if (!rest.empty()) {
    throw BadFrame(
        fmt::format("{} bytes follow the last of {} frames", rest.size(), header.frames));
  }
  return parts;
}

}  // namespace splitbench
