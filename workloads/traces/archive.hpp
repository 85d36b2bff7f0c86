#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

struct archive;  // of libarchive

namespace splitbench {

struct ArchiveFunctions;

/// The files in a .tar, .tar.xz, .tar.gz or .tar.zst. libarchive, which opens them, is loaded when
/// the first is opened, so that the program starts without it.
class Archive {
 public:
  /// Throws InputError where it cannot be opened, or libarchive is missing.
  explicit Archive(const std::filesystem::path& path);
  ~Archive();
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;

  struct Entry {
    std::string name;
    std::uint64_t bytes = 0;  ///< as its head says; read() takes no more
    bool is_file = false;
  };

  /// Moves on; false at the end. Throws InputError where the archive is broken.
  bool next(Entry& entry);
  /// What is in the entry that next() gave.
  void read(const Entry& entry, std::string& contents);

 private:
  [[noreturn]] void refuse() const;

  std::filesystem::path path_;
  const ArchiveFunctions& functions_;
  archive* archive_;
};

}  // namespace splitbench
