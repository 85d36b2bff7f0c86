#pragma once
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace splitbench {

/// Returns the contents of a file. If it cannot be read, sets `error` and returns nothing;
/// otherwise clears `error`.
std::string read_file(const std::filesystem::path& path, std::error_code& error);

/// Returns the contents of a file that the user named. Throws InputError that says why it cannot be
/// read.
std::vector<std::byte> read_bytes(const std::filesystem::path& path);

/// A file that is there whole or not at all: it grows beside its path, as <name>.part, and is
/// renamed to <name> when it is committed. Otherwise the part is removed, unless the process is
/// killed, and an older file <name> stays as it was. Only one may write to a path at a time,
/// because all of them would grow in the same .part file. Not thread-safe.
class OutputFile {
 public:
  /// The side that chose the path, and so made the mistake if nothing can be written there.
  enum class Named { by_user, by_us };

  /// Opens the file. Throws InputError, or std::system_error for a path of ours, that says why the
  /// path cannot be written.
  explicit OutputFile(std::filesystem::path path, Named = Named::by_user);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  /// The functions below throw std::system_error that names the file, for instance if the disk is
  /// full.
  void append(std::span<const std::byte> bytes);
  void append(std::string_view text);
  void overwrite_start(std::span<const std::byte> bytes);  ///< replaces what was appended first
  void commit();

 private:
  void write(std::span<const std::byte> bytes);

  std::filesystem::path path_;
  std::filesystem::path part_;
  std::ofstream stream_;
};

/// Writes a file whole or not at all, in place of one of this name. Throws as an OutputFile does.
void write_file(const std::filesystem::path& path, std::string_view text,
                OutputFile::Named = OutputFile::Named::by_us);

}  // namespace splitbench
