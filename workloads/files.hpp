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

/// Returns all that a file holds. Where it cannot be read, `error` says why, and nothing is
/// returned.
std::string read_file(const std::filesystem::path& path, std::error_code& error);

/// Returns all that a file holds, which the user named. Throws InputError that says why it cannot
/// be read.
std::vector<std::byte> read_bytes(const std::filesystem::path& path);

/// A file that is there whole or not at all: it grows beside its path, as <name>.part, and takes
/// that name when it is committed; otherwise nothing remains, and an older file of the name stays
/// as it was.
class OutputFile {
 public:
  /// Whose choice the path is, and so whose mistake it is that nothing can be written there.
  enum class Named { by_user, by_us };

  /// Throws InputError, or std::system_error of a path of ours, that says why where the path cannot
  /// be written.
  explicit OutputFile(std::filesystem::path path, Named = Named::by_user);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  /// These throw std::system_error that names the file, of a full disk for instance.
  void append(std::span<const std::byte> bytes);
  void append(std::string_view text);
  void overwrite_start(std::span<const std::byte> bytes);  ///< of what was appended already
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
