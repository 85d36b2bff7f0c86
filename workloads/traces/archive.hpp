#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

struct archive;  // libarchive's type

namespace splitbench {

struct ArchiveFunctions;

/// The files in a .tar, .tar.xz, .tar.gz or .tar.zst. libarchive, which opens them, is loaded when
/// the first is opened, so that the program starts without it. Not thread-safe.
class Archive {
 public:
  /// Opens the archive. Throws InputError if it cannot be opened, or libarchive is missing.
  explicit Archive(const std::filesystem::path& path);
  ~Archive();
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;

  struct Entry {
    std::string name;
    std::uint64_t bytes = 0;  ///< size according to its header; read() takes no more
    bool is_file = false;
  };

  /// Moves to the next entry; returns false at the end. Throws InputError if the archive is broken.
  bool next(Entry& entry);
  /// Reads the contents of the entry that next() gave. Throws InputError if the archive is broken.
  void read(const Entry& entry, std::string& contents);

 private:
  [[noreturn]] void refuse() const;

  std::filesystem::path path_;
  const ArchiveFunctions& functions_;
  archive* archive_;
};

}  // namespace splitbench
