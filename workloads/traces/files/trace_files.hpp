#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "workloads/input_error.hpp"

namespace splitbench {

/// The error of a file, or an archive, of which no more can be read: nothing behind it can be
/// skipped to.
class UnreadableTrace : public InputError {
 public:
  using InputError::InputError;
};

/// The bytes of one file, from its start to its end. Not thread-safe.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Reads what comes next and returns its length: 0 at the end. Throws UnreadableTrace if the
  /// file, or what it is packed in, is broken, and std::system_error if reading fails.
  virtual std::size_t read(std::span<std::byte> room) = 0;
};

/// One of the files of a trace. Its name is that of the unpacked file.
struct TraceFile {
  std::filesystem::path path;
  std::unique_ptr<ByteSource> bytes;
};

/// The files that a path stands for: the file itself, unpacked if it is compressed; those of an
/// archive or a folder whose names end in .json, .jsonl or .csv. Not thread-safe.
class TraceFiles {
 public:
  static constexpr std::uint64_t kMaxTotal = std::uint64_t{8} << 30;  // bytes in an archive
  static constexpr std::uint64_t kMaxFiles = 100'000;

  virtual ~TraceFiles() = default;
  /// Moves on to the next file, which must not outlive this object; the one before it ends. Returns
  /// false when there are no more. Throws UnreadableTrace if no further file can be read.
  virtual bool next(TraceFile& file) = 0;
};

/// Opens the files of a path. Throws InputError if there is none, if there are absurdly many, or if
/// libarchive, which unpacks, is not installed.
std::unique_ptr<TraceFiles> open_trace_files(const std::filesystem::path& path);

}  // namespace splitbench
