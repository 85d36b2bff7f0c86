#include "reports/folder/whole_file.hpp"

#include <cerrno>
#include <fmt/format.h>
#include <system_error>

namespace splitbench {

WholeFile::WholeFile(std::filesystem::path path)
    : path_(std::move(path)), part_(path_.string() + ".part"), stream_(part_, std::ios::binary) {
  check();
}

WholeFile::~WholeFile() {
  std::error_code ignored;  // published already, or the run fails with an error of its own
  if (!published_) std::filesystem::remove(part_, ignored);
}

void WholeFile::write(std::string_view text) {
  stream_ << text;
  check();
}

void WholeFile::publish() {
  stream_.close();
  check();
  std::filesystem::rename(part_, path_);
  published_ = true;
}

void WholeFile::check() const {
  if (!stream_)
    throw std::system_error(errno, std::generic_category(),
                            fmt::format("write {}", part_.string()));
}

void write_whole_file(const std::filesystem::path& path, std::string_view text) {
  WholeFile file(path);
  file.write(text);
  file.publish();
}

}  // namespace splitbench
