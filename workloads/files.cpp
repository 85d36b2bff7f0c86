#include "workloads/files.hpp"

#include <cerrno>
#include <fmt/format.h>
#include <utility>

#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

std::error_code why() {
  return {errno != 0 ? errno : EIO, std::generic_category()};
}

template <class Contents>
Contents read_whole(const std::filesystem::path& path, std::error_code& error) {
  constexpr std::size_t kLeast = 4096;  // smallest read, also of files of unknown size
  Contents contents;
  error.clear();
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    error = why();
    return contents;
  }
  std::error_code unknown;
  const std::uintmax_t bytes = std::filesystem::file_size(path, unknown);
  std::size_t filled = 0, room = unknown ? kLeast : static_cast<std::size_t>(bytes) + 1;
  for (; stream; room = 2 * filled + kLeast) {
    contents.resize(room);
    stream.read(reinterpret_cast<char*>(contents.data() + filled),
                static_cast<std::streamsize>(room - filled));
    filled += static_cast<std::size_t>(stream.gcount());
  }
  contents.resize(filled);
  if (stream.bad()) {
    error = why();
    contents.clear();
  }
  return contents;
}

}  // namespace

std::string read_file(const std::filesystem::path& path, std::error_code& error) {
  return read_whole<std::string>(path, error);
}

std::vector<std::byte> read_bytes(const std::filesystem::path& path) {
  std::error_code error;
  std::vector<std::byte> bytes = read_whole<std::vector<std::byte>>(path, error);
  if (error)
    throw InputError(fmt::format("{}: cannot be read: {}", path.string(), error.message()));
  return bytes;
}

OutputFile::OutputFile(std::filesystem::path path, Named named)
    : path_(std::move(path)), part_(path_.string() + ".part"), stream_(part_, std::ios::binary) {
  if (stream_) return;
  if (named == Named::by_us) throw std::system_error(why(), "write " + path_.string());
  throw InputError(fmt::format("{}: cannot be written: {}", path_.string(), why().message()));
}

OutputFile::~OutputFile() {
  stream_.close();
  std::error_code gone;  // after a commit there is no file of that name
  std::filesystem::remove(part_, gone);
}

void OutputFile::append(std::span<const std::byte> bytes) {
  write(bytes);
}

void OutputFile::append(std::string_view text) {
  append(std::as_bytes(std::span(text)));
}

void OutputFile::overwrite_start(std::span<const std::byte> bytes) {
  stream_.seekp(0);
  write(bytes);
  stream_.seekp(0, std::ios::end);
}

void OutputFile::commit() {
  errno = 0;
  stream_.close();
  std::error_code error = stream_ ? std::error_code{} : why();
  if (!error) std::filesystem::rename(part_, path_, error);
  if (error) throw std::system_error(error, "write " + path_.string());
}

void OutputFile::write(std::span<const std::byte> bytes) {
  errno = 0;
  stream_.write(reinterpret_cast<const char*>(bytes.data()),
                static_cast<std::streamsize>(bytes.size()));
  if (!stream_) throw std::system_error(why(), "write " + path_.string());
}

void write_file(const std::filesystem::path& path, std::string_view text, OutputFile::Named named) {
  OutputFile file(path, named);
  file.append(text);
  file.commit();
}

}  // namespace splitbench
