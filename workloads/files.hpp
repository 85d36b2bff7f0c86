#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace splitbench {

/// The limit of a file that is read part by part, and may be as long as it likes.
inline constexpr std::uint64_t kAnyLength = std::numeric_limits<std::uint64_t>::max();

/// A regular file that somebody outside of this process named, open for reading. It cannot hang:
/// FIFOs, devices and folders are refused, not read. Every function throws InputError that names
/// the file and what was found and expected. Not thread-safe.
class InputFile {
 public:
  /// Opens the file. `expected` says what it should be, for instance "a trace". Files of more than
  /// `most_bytes` are refused.
  InputFile(std::filesystem::path path, std::string_view expected, std::uint64_t most_bytes);
  InputFile(InputFile&&) noexcept;
  InputFile& operator=(InputFile&&) = delete;
  ~InputFile();

  /// Returns the length of the file when it was opened. Files of /proc say 0, whatever they hold.
  std::uint64_t bytes() const { return bytes_; }

  /// Reads what comes next and returns its length, which is less than asked for only at the end of
  /// the file.
  std::size_t read(std::span<std::byte> room);

  /// Fills `room` with what lies at `offset`, and goes on from there.
  void read_at(std::uint64_t offset, std::span<std::byte> room);

 private:
  std::filesystem::path path_;
  std::string expected_;
  std::uint64_t bytes_ = 0;
  int descriptor_;
};

/// Returns the contents of a file. Throws InputError as an InputFile does.
std::string read_text(const std::filesystem::path& path, std::string_view expected,
                      std::uint64_t most_bytes);

/// Returns the contents of a file, or nothing if there is no file of that name. Throws InputError
/// as an InputFile does if there is one that cannot be read.
std::optional<std::string> read_text_if_there(const std::filesystem::path& path,
                                              std::string_view expected, std::uint64_t most_bytes);

/// Returns the contents of a file whose length nothing but the memory of this machine limits: half
/// of it. Throws InputError as an InputFile does.
std::vector<std::byte> read_bytes(const std::filesystem::path& path, std::string_view expected);

/// A file that is there whole or not at all. It grows in a new file beside its path, of a name that
/// no other has, and takes the place of an older file when it is committed. Otherwise the new file
/// is removed, unless the process is killed, and the older one stays as it was. Links are not
/// followed, and nothing but a regular file is replaced, nor, at a path of the user, one that this
/// process has opened as an InputFile. Not thread-safe.
class OutputFile {
 public:
  /// The side that chose the path, and so made the mistake if nothing can be written there.
  enum class Named { by_user, by_us };

  /// Returns whether a file has the name of one that is not committed yet, or never will be.
  static bool is_unfinished(const std::filesystem::path& file);

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
  void flush();
  [[noreturn]] void fail() const;

  std::filesystem::path path_;
  std::filesystem::path part_;
  int descriptor_ = -1;
  std::string buffered_;
};

/// Lets what this process has read be overwritten from now on: for one that runs several commands,
/// as tests do, since only what the same command reads is in danger.
void forget_files_read();

/// Writes a file whole or not at all, in place of one of this name. Throws as an OutputFile does.
void write_file(const std::filesystem::path& path, std::string_view text,
                OutputFile::Named = OutputFile::Named::by_us);

}  // namespace splitbench
