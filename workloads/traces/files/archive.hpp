#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

struct archive;  // libarchive's type

namespace splitbench {

struct ArchiveFunctions;

/// Returns whether a file begins as one of the kinds that an Archive opens do, whatever its name:
/// compressed with gzip, xz or zstd, a .zip or a .tar. Throws InputError if it cannot be read.
bool is_packed(const std::filesystem::path& path);

/// The files in a .zip or a .tar, or the one file that was compressed; a .tar may be compressed,
/// too. libarchive, which opens them, is loaded when the first is opened, so that the program
/// starts without it. Not thread-safe.
class Archive {
 public:
  /// Opens the archive. Throws InputError if it cannot be opened, or libarchive is missing.
  explicit Archive(const std::filesystem::path& path);
  ~Archive();
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;

  struct Entry {
    std::string name;                      ///< empty for the one file that was compressed
    std::optional<std::uint64_t> bytes{};  ///< size according to its header, if it says one
    bool is_file = false;
  };

  /// Moves to the next entry; returns false at the end. Throws InputError if the archive is broken.
  bool next(Entry& entry);
  /// Reads what comes next of the entry that next() gave, and returns its length: 0 at its end.
  /// Throws InputError if the archive is broken.
  std::size_t read(std::span<std::byte> room);

 private:
  [[noreturn]] void refuse() const;

  std::filesystem::path path_;
  const ArchiveFunctions& functions_;
  archive* archive_;
};

}  // namespace splitbench
