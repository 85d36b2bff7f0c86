#include "workloads/files.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <mutex>
#include <random>
#include <set>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "workloads/input_error.hpp"
#include "workloads/machine_memory.hpp"

namespace splitbench {
namespace {

/// Returns what a file is if it is not a regular one.
std::string_view kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  if (S_ISLNK(mode)) return "a symbolic link";
  return "a device";
}

std::string why(int error) {
  return error == ENOENT ? "no such file" : fmt::format("cannot be read: {}", std::strerror(error));
}

[[noreturn]] void refuse(const std::filesystem::path& path, std::string_view found,
                         std::string_view expected) {
  throw InputError(fmt::format("{}: {}, expected {}", path.string(), found, expected));
}

[[noreturn]] void refuse_length(const std::filesystem::path& path, const std::string& bytes,
                                std::string_view expected, std::uint64_t most_bytes) {
  refuse(path, bytes + " bytes", fmt::format("{} of at most {}", expected, most_bytes));
}

/// The regular files that this process has opened for reading, whatever they are called by now.
/// Thread-safe.
class FilesRead {
 public:
  void add(const struct stat& file) {
    const std::lock_guard lock(mutex_);
    files_.emplace(file.st_dev, file.st_ino);
  }
  bool contains(const struct stat& file) {
    const std::lock_guard lock(mutex_);
    return files_.contains({file.st_dev, file.st_ino});
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    files_.clear();
  }

 private:
  std::mutex mutex_;
  std::set<std::pair<dev_t, ino_t>> files_;
};

/// Returns the files that this process has read. What a command reads is known here alone, since a
/// scenario names files, which name others.
FilesRead& files_read() {
  static FilesRead files;
  return files;
}

/// Opens a regular file of at most that many bytes, which it counts.
int open_regular(const std::filesystem::path& path, std::string_view expected,
                 std::uint64_t most_bytes, std::uint64_t& bytes) {
  // Without O_NONBLOCK the opening of a pipe waits for somebody to write to it.
  const int opened = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (opened < 0) refuse(path, why(errno), expected);
  struct stat found {};
  if (fstat(opened, &found) != 0) {
    const std::string reason = why(errno);
    close(opened);
    refuse(path, reason, expected);
  }
  bytes = static_cast<std::uint64_t>(found.st_size);
  if (S_ISREG(found.st_mode) && bytes <= most_bytes) {
    files_read().add(found);
    return opened;
  }
  close(opened);
  if (!S_ISREG(found.st_mode)) refuse(path, kind_of(found.st_mode), expected);
  refuse_length(path, std::to_string(bytes), expected, most_bytes);
}

/// Calls a system call on until all bytes are done or it returns 0; returns the number of bytes, or
/// -1 with errno.
template <class Byte, class Call>
ssize_t whole(std::span<Byte> bytes, Call call) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = call(bytes.data() + done, bytes.size() - done, done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -1;
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return static_cast<ssize_t>(done);
}

/// Reads a file of which even the length may be unknown.
template <class Contents>
Contents rest_of(InputFile& file, const std::filesystem::path& path, std::string_view expected,
                 std::uint64_t most_bytes) {
  constexpr std::size_t kLeast = 4096;
  Contents contents;
  std::size_t filled = 0;
  for (std::size_t room = file.bytes() + 1;; room = 2 * filled + kLeast) {
    contents.resize(room);
    const std::size_t read = file.read(std::as_writable_bytes(std::span(contents)).subspan(filled));
    filled += read;
    if (filled > most_bytes)
      refuse_length(path, fmt::format("more than {}", most_bytes), expected, most_bytes);
    if (filled < room) break;
  }
  contents.resize(filled);
  return contents;
}

}  // namespace

InputFile::InputFile(std::filesystem::path path, std::string_view expected,
                     std::uint64_t most_bytes)
    : path_(std::move(path)),
      expected_(expected),
      descriptor_(open_regular(path_, expected_, most_bytes, bytes_)) {}

InputFile::InputFile(InputFile&& other) noexcept
    : path_(std::move(other.path_)),
      expected_(std::move(other.expected_)),
      bytes_(other.bytes_),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

InputFile::~InputFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

std::size_t InputFile::read(std::span<std::byte> room) {
  const ssize_t n = whole(room, [&](std::byte* to, std::size_t bytes, std::size_t) {
    return ::read(descriptor_, to, bytes);
  });
  if (n < 0) refuse(path_, why(errno), expected_);
  return static_cast<std::size_t>(n);
}

void InputFile::read_at(std::uint64_t offset, std::span<std::byte> room) {
  if (lseek(descriptor_, static_cast<off_t>(offset), SEEK_SET) < 0)
    refuse(path_, why(errno), expected_);
  if (read(room) < room.size())
    refuse(path_, fmt::format("ends before byte {}", offset + room.size()), expected_);
}

std::string read_text(const std::filesystem::path& path, std::string_view expected,
                      std::uint64_t most_bytes) {
  InputFile file(path, expected, most_bytes);
  return rest_of<std::string>(file, path, expected, most_bytes);
}

std::optional<std::string> read_text_if_there(const std::filesystem::path& path,
                                              std::string_view expected, std::uint64_t most_bytes) {
  std::error_code unknown;
  if (!std::filesystem::exists(path, unknown) && !unknown) return std::nullopt;
  return read_text(path, expected, most_bytes);
}

std::vector<std::byte> read_bytes(const std::filesystem::path& path, std::string_view expected) {
  const std::uint64_t most_bytes = machine_memory() / 2;
  InputFile file(path, expected, most_bytes);
  return rest_of<std::vector<std::byte>>(file, path, expected, most_bytes);
}

namespace {

/// Throws unless the path is free or has a regular file that may be replaced.
void check_replaceable(const std::filesystem::path& path, OutputFile::Named named) {
  constexpr std::string_view kExpected = "a regular file to replace, or none";
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0) return;
  if (!S_ISREG(found.st_mode)) refuse(path, kind_of(found.st_mode), kExpected);
  if (named == OutputFile::Named::by_user && files_read().contains(found))
    refuse(path, "is read and would be overwritten", "another file");
}

constexpr std::string_view kUnfinished = ".splitbench-", kHex = "0123456789abcdef";

/// Creates a file of a name that no other has; returns its descriptor, or -1 with errno.
int create_beside(const std::filesystem::path& path, std::filesystem::path& part) {
  std::random_device random;
  do {
    part = path.parent_path() / fmt::format("{}{:08x}", kUnfinished, random());
    const int made = open(part.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (made >= 0 || errno != EEXIST) return made;
  } while (true);
}

}  // namespace

bool OutputFile::is_unfinished(const std::filesystem::path& file) {
  const std::string name = file.filename();
  return name.starts_with(kUnfinished) && name.size() == kUnfinished.size() + 8 &&
         name.find_first_not_of(kHex, kUnfinished.size()) == name.npos;
}

OutputFile::OutputFile(std::filesystem::path path, Named named) : path_(std::move(path)) {
  check_replaceable(path_, named);
  descriptor_ = create_beside(path_, part_);
  if (descriptor_ >= 0) return;
  if (named == Named::by_us) fail();
  throw InputError(fmt::format("{}: cannot be written: {}", path_.string(), std::strerror(errno)));
}

OutputFile::~OutputFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(part_.c_str());
}

void OutputFile::append(std::span<const std::byte> bytes) {
  append(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

void OutputFile::append(std::string_view text) {
  constexpr std::size_t kBuffered = 64 << 10;
  buffered_ += text;
  if (buffered_.size() >= kBuffered) flush();
}

void OutputFile::overwrite_start(std::span<const std::byte> bytes) {
  flush();
  const ssize_t n = whole(bytes, [&](const std::byte* from, std::size_t left, std::size_t at) {
    return pwrite(descriptor_, from, left, static_cast<off_t>(at));
  });
  if (n < 0) fail();
}

void OutputFile::commit() {
  flush();
  if (close(std::exchange(descriptor_, -1)) == 0 && rename(part_.c_str(), path_.c_str()) == 0)
    return;
  const int error = errno;
  unlink(part_.c_str());
  errno = error;
  fail();
}

void OutputFile::flush() {
  const ssize_t n =
      whole(std::span<const char>(buffered_), [&](const char* from, std::size_t left, std::size_t) {
        return write(descriptor_, from, left);
      });
  if (n < 0) fail();
  buffered_.clear();
}

void OutputFile::fail() const {
  throw std::system_error(errno, std::generic_category(), "write " + path_.string());
}

void forget_files_read() {
  files_read().clear();
}

void write_file(const std::filesystem::path& path, std::string_view text, OutputFile::Named named) {
  OutputFile file(path, named);
  file.append(text);
  file.commit();
}

}  // namespace splitbench
