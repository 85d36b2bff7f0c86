#pragma once
#include <cstring>
#include <span>

#include "codec/digest.hpp"
#include "codec/frame_file.hpp"
#include "codec/fuzz/repair.hpp"

namespace splitbench {

// The flags of an input, its first byte.
inline constexpr unsigned kRepairFrames = 1;   ///< repair checksums of frame headers
inline constexpr unsigned kRepairPreface = 2;  ///< repair the digest of the preface
inline constexpr unsigned kRepairHeader = 4;   ///< repair length and checksum of the file

// Offsets in the file's header: codec/FORMAT.md.
inline constexpr std::size_t kFileBytes = 16;
inline constexpr std::size_t kPrefaceBytes = 24;
inline constexpr std::size_t kPrefaceDigest = 32;
inline constexpr std::size_t kChecksum = 40;

inline void put(std::span<std::byte> file, std::size_t place, std::uint64_t value) {
  std::memcpy(file.data() + place, &value, sizeof value);
}

/// Repairs checksums wherever a frame may begin and the magic number of one stands.
inline void repair_frames(std::span<std::byte> file) {
  for (std::size_t at = kFrameFileHeaderBytes; at + kHeaderBytes <= file.size(); at += kAlignment) {
    FrameHeader header;
    std::memcpy(&header, file.data() + at, sizeof header);
    if (header.magic != FrameHeader::kMagic) continue;
    header.checksum = header_checksum(header);
    put_header(header, file.subspan(at));
  }
}

inline void repair_preface(std::span<std::byte> file) {
  std::uint64_t bytes;
  std::memcpy(&bytes, file.data() + kPrefaceBytes, sizeof bytes);
  if (bytes > file.size() - kFrameFileHeaderBytes) return;
  put(file, kPrefaceDigest, checksum(file.subspan(kFrameFileHeaderBytes, bytes)));
}

inline void repair_header(std::span<std::byte> file) {
  put(file, kFileBytes, file.size());
  put(file, kChecksum, 0);
  put(file, kChecksum, checksum(file.first(kFrameFileHeaderBytes)));
}

/// Makes right what the flags say, so that a change elsewhere is not stopped by a checksum.
inline void repair_file(unsigned flags, std::span<std::byte> file) {
  if (file.size() < kFrameFileHeaderBytes) return;
  if (flags & kRepairFrames) repair_frames(file);
  if (flags & kRepairPreface) repair_preface(file);
  if (flags & kRepairHeader) repair_header(file);
}

}  // namespace splitbench
