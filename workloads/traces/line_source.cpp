#include "workloads/traces/line_source.hpp"

#include <cstdint>
#include <cstring>
#include <span>

namespace splitbench {
namespace {

constexpr std::size_t kReadAhead = 64 << 10;

}  // namespace

LineSource::LineSource(const std::filesystem::path& path)
    : place_{path}, file_(path, "a trace", kAnyLength), buffer_(kReadAhead + kPadding) {}

bool LineSource::next(std::string_view& line) {
  ++place_.line;
  std::size_t searched = begin_;
  for (;;) {
    const void* const found = std::memchr(buffer_.data() + searched, '\n', end_ - searched);
    const std::size_t line_end =
        found ? static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data()) : end_;
    if (line_end - begin_ >= kMaxLine) pass_long_line();
    const std::size_t length = line_end - begin_;
    if (found || (!fill() && length > 0)) {
      line = {buffer_.data() + begin_, length};
      line_begin_ = begin_;
      begin_ += found ? length + 1 : length;
      if (line.ends_with('\r')) line.remove_suffix(1);
      return true;
    }
    if (end_ == begin_) return false;
    searched = begin_ + length;
  }
}

void LineSource::again() {
  begin_ = line_begin_;
  --place_.line;
}

bool LineSource::fill() {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  if (end_ > buffer_.size() / 2) buffer_.resize(2 * buffer_.size());
  const std::size_t room = buffer_.size() - kPadding - end_;
  const std::size_t read =
      file_.read(std::as_writable_bytes(std::span(buffer_).subspan(end_, room)));
  end_ += read;
  return read > 0;
}

void LineSource::pass_long_line() {
  const void* found = nullptr;
  while (!(found = std::memchr(buffer_.data() + begin_, '\n', end_ - begin_))) {
    begin_ = end_;
    if (!fill()) break;
  }
  begin_ =
      found ? static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data()) + 1 : end_;
  place_.refuse(fmt::format("a line of {} bytes or more", kMaxLine), "one request a line");
}

}  // namespace splitbench
