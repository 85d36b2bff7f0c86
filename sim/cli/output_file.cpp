#include "sim/cli/output_file.hpp"

#include <fmt/core.h>
#include <system_error>
#include <utility>

#include "workloads/input_error.hpp"

namespace splitbench {

OutputFile::OutputFile(std::filesystem::path path)
    : path_(std::move(path)),
      partial_(path_.string() + ".partial"),
      stream_(partial_, std::ios::binary) {
  if (!stream_) throw InputError(fmt::format("{}: cannot be written", path_.string()));
}

OutputFile::~OutputFile() {
  stream_.close();
  std::error_code gone;  // once committed, there is nothing of that name
  std::filesystem::remove(partial_, gone);
}

void OutputFile::append(std::span<const std::byte> bytes) {
  stream_.seekp(0, std::ios::end);
  write(bytes);
}

void OutputFile::append(std::string_view text) {
  append(std::as_bytes(std::span(text)));
}

void OutputFile::overwrite_start(std::span<const std::byte> bytes) {
  stream_.seekp(0);
  write(bytes);
}

void OutputFile::commit() {
  stream_.close();
  std::error_code error;
  if (stream_) {
    std::filesystem::rename(partial_, path_, error);
  } else {
    error = std::make_error_code(std::errc::io_error);
  }
  if (error) throw std::system_error(error, "write " + path_.string());
}

void OutputFile::write(std::span<const std::byte> bytes) {
  stream_.write(reinterpret_cast<const char*>(bytes.data()),
                static_cast<std::streamsize>(bytes.size()));
  if (!stream_) {
    throw std::system_error(std::make_error_code(std::errc::io_error), "write " + path_.string());
  }
}

void print_or_write(std::string_view text, const std::filesystem::path& file) {
  if (file.empty()) {
    fmt::print("{}", text);
    return;
  }
  OutputFile out(file);
  out.append(text);
  out.commit();
}

}  // namespace splitbench
