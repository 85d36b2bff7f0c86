#pragma once
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <span>
#include <string_view>

namespace splitbench {

/// A file that is there whole or not at all: it grows beside its path and takes that name when it
/// is committed; otherwise nothing remains, and an older file of the name stays as it was. A path
/// that cannot be written is an InputError, a full disk a std::system_error.
class OutputFile {
 public:
  explicit OutputFile(std::filesystem::path path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void append(std::span<const std::byte>);
  void append(std::string_view text);
  void overwrite_start(std::span<const std::byte>);  ///< of what was appended already
  void commit();

 private:
  void write(std::span<const std::byte>);

  std::filesystem::path path_;
  std::filesystem::path partial_;
  std::ofstream stream_;
};

/// To stdout where no file is named.
void print_or_write(std::string_view text, const std::filesystem::path& file);

}  // namespace splitbench
