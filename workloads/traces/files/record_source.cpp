#include "workloads/traces/files/record_source.hpp"

#include <cstring>
#include <fmt/format.h>
#include <utility>
#include <vector>

namespace splitbench {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kBlanks = " \t\r\n";

bool is_blank(std::string_view text) {
  return text.find_first_not_of(kBlanks) == text.npos;
}

/// The bytes of a file that have been read and not been given yet, kPadding readable ones behind.
class ReadAhead {
 public:
  explicit ReadAhead(std::unique_ptr<ByteSource> bytes)
      : bytes_(std::move(bytes)), buffer_(kAtOnce + RecordSource::kPadding) {
    while (end_ < kByteOrderMark.size() && fill()) {
    }
    if (text().starts_with(kByteOrderMark)) drop(kByteOrderMark.size());
  }

  std::string_view text() const { return {buffer_.data() + begin_, end_ - begin_}; }

  /// Moves on by a number of bytes; those dropped last stay until the next fill().
  void drop(std::size_t bytes) { begin_ += bytes; }
  void put_back(std::size_t bytes) { begin_ -= bytes; }

  /// Reads more bytes into the buffer, which grows if the text fills it; returns false at the end.
  bool fill() {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    if (end_ > buffer_.size() / 2) buffer_.resize(2 * buffer_.size());
    const std::size_t room = buffer_.size() - RecordSource::kPadding - end_;
    const std::size_t read =
        bytes_->read(std::as_writable_bytes(std::span(buffer_).subspan(end_, room)));
    end_ += read;
    return read > 0;
  }

 private:
  static constexpr std::size_t kAtOnce = 64 << 10;

  std::unique_ptr<ByteSource> bytes_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;
};

class Lines final : public RecordSource {
 public:
  Lines(TracePlace place, ReadAhead ahead) : place_(std::move(place)), ahead_(std::move(ahead)) {}

  bool next(std::string_view& line) override {
    do {
      if (!next_line(line)) return false;
    } while (line.empty() || (line.front() <= ' ' && is_blank(line)));
    if (line.ends_with('\r')) line.remove_suffix(1);
    line.remove_prefix(line.find_first_not_of(" \t"));
    return true;
  }

  void again() override {
    ahead_.put_back(given_);
    --place_.line;
  }

  const TracePlace& place() const override { return place_; }

 private:
  bool next_line(std::string_view& line) {
    ++place_.line;
    std::size_t searched = 0;
    for (;;) {
      const std::string_view text = ahead_.text();
      const void* const found = std::memchr(text.data() + searched, '\n', text.size() - searched);
      const std::size_t length =
          found ? static_cast<std::size_t>(static_cast<const char*>(found) - text.data())
                : text.size();
      if (length >= kMaxRecord) pass_long_line();
      if (found || (!ahead_.fill() && length > 0)) {
        line = ahead_.text().substr(0, length);
        ahead_.drop(given_ = found ? length + 1 : length);
        return true;
      }
      if (ahead_.text().empty()) return false;
      searched = length;
    }
  }

  void pass_long_line() {
    std::size_t end = 0;
    while ((end = ahead_.text().find('\n')) == std::string_view::npos) {
      ahead_.drop(ahead_.text().size());
      if (!ahead_.fill()) break;
    }
    ahead_.drop(end == std::string_view::npos ? ahead_.text().size() : end + 1);
    place_.refuse(fmt::format("a line of {} bytes or more", kMaxRecord), "one request a line");
  }

  TracePlace place_;
  ReadAhead ahead_;
  std::size_t given_ = 0;  // bytes of the line that was given last, its end among them
};

/// JSON values behind one another, or those of one array. It finds only where each ends.
class Values final : public RecordSource {
 public:
  Values(TracePlace place, ReadAhead ahead) : place_(std::move(place)), ahead_(std::move(ahead)) {
    place_.line = next_line_ = 1;
    pass_blanks("");
    in_array_ = ahead_.text().starts_with('[');
    if (in_array_) ahead_.drop(1);
  }

  bool next(std::string_view& value) override {
    pass_blanks(in_array_ ? "," : "");
    place_.line = next_line_;
    if (in_array_ && ahead_.text().starts_with(']')) end_array();
    if (ahead_.text().empty()) {
      if (std::exchange(in_array_, false))
        place_.refuse("the end of the file within a JSON array", "a ] that ends it");
      return false;
    }
    const std::size_t length = length_of_value();
    value = ahead_.text().substr(0, length);
    for (const char c : value) next_line_ += c == '\n';
    ahead_.drop(given_ = length);
    return true;
  }

  void again() override {
    ahead_.put_back(given_);
    next_line_ = place_.line;
  }

  const TracePlace& place() const override { return place_; }

 private:
  /// Ends the array, behind which nothing may come.
  void end_array() {
    in_array_ = false;
    ahead_.drop(1);
    pass_blanks("");
    if (ahead_.text().empty()) return;
    place_.line = next_line_;
    do ahead_.drop(ahead_.text().size());
    while (ahead_.fill());
    place_.refuse("more behind the end of a JSON array", "one array in a file");
  }

  void pass_blanks(std::string_view also) {
    do {
      const std::string_view text = ahead_.text();
      std::size_t blanks = 0;
      for (; blanks < text.size(); ++blanks) {
        if (text[blanks] == '\n') ++next_line_;
        if (kBlanks.find(text[blanks]) == kBlanks.npos && also.find(text[blanks]) == also.npos)
          break;
      }
      ahead_.drop(blanks);
    } while (ahead_.text().empty() && ahead_.fill());
  }

  /// Returns the length of the value at the start of the text, all of it read: up to the brace that
  /// closes its first, or to what ends a value that is no object.
  std::size_t length_of_value() {
    std::size_t at = 0, depth = 0;
    bool in_string = false;
    for (;; ++at) {
      if (at == ahead_.text().size()) {
        if (at >= kMaxRecord) pass_long_value();
        if (!ahead_.fill()) return at;
      }
      const char c = ahead_.text()[at];
      if (in_string) {
        if (c == '\\') ++at;
        in_string = c != '"';
        if (at >= ahead_.text().size() && !ahead_.fill()) return ahead_.text().size();
        continue;
      }
      if (c == '"') in_string = true;
      if (c == '{' || c == '[') ++depth;
      const bool closes = c == '}' || c == ']';
      if (closes && depth > 0 && --depth == 0) return at + 1;
      if (depth == 0 && at > 0 && (closes || c == ',' || c == '\n')) return at;
    }
  }

  void pass_long_value() {
    do ahead_.drop(ahead_.text().size());
    while (ahead_.fill());
    place_.refuse(fmt::format("a JSON value of {} bytes or more", kMaxRecord),
                  "one request or session");
  }

  TracePlace place_;
  ReadAhead ahead_;
  bool in_array_ = false;
  std::uint64_t next_line_ = 1;  // line of what has not been given yet
  std::size_t given_ = 0;
};

bool has_values(const TraceFile& file, std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == text.npos) return false;
  text.remove_prefix(first);
  if (text.starts_with('[')) return true;
  const std::string_view line = text.substr(0, text.find('\n'));
  return text.starts_with('{') && (file.path.extension() == ".json" || is_blank(line.substr(1)));
}

}  // namespace

std::unique_ptr<RecordSource> open_records(TraceFile file) {
  ReadAhead ahead(std::move(file.bytes));
  if (has_values(file, ahead.text()))
    return std::make_unique<Values>(TracePlace{file.path}, std::move(ahead));
  return std::make_unique<Lines>(TracePlace{file.path}, std::move(ahead));
}

}  // namespace splitbench
