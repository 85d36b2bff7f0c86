#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "workloads/files.hpp"
#include "workloads/traces/trace_reader.hpp"
#include "workloads/traces/trace_request.hpp"

namespace splitbench {

/// The lines of a file, one at a time: memory does not grow with the file. Not thread-safe.
class LineSource {
 public:
  static constexpr std::size_t kMaxLine = 4 << 20;  // a prompt of kMaxTokens has 1.5 MB of ids
  static constexpr std::size_t kPadding = 64;       // readable bytes behind a line

  /// Opens the file. Throws InputError if there is none that can be read.
  explicit LineSource(const std::filesystem::path& path);

  /// Gives the next line without its end, valid until the next call; returns false at the end of
  /// the file. Throws InputError for a line that is too long; the one behind it comes next. Throws
  /// std::system_error if reading fails.
  bool next(std::string_view& line);
  /// Makes the next call of next() give the same line once more.
  void again();

  /// Returns the place of the line that was given last.
  const TracePlace& place() const { return place_; }

 private:
  /// Reads more bytes into the buffer, which grows if a line fills it; returns false at the end of
  /// the file.
  bool fill();
  void pass_long_line();

  TracePlace place_;
  InputFile file_;
  std::vector<char> buffer_;
  std::size_t line_begin_ = 0;  // start of the line that was given last
  std::size_t begin_ = 0;       // start of what has been read and not given
  std::size_t end_ = 0;
};

/// The format of one line of a trace.
class LineFormat {
 public:
  virtual ~LineFormat() = default;
  /// Fills a request that is as new; returns false for one that never got an answer. The line has
  /// LineSource::kPadding readable bytes behind it. Throws InputError.
  virtual bool read(const TracePlace& place, std::string_view line, TraceRequest& request) = 0;
};

/// Returns the format of lines of ours, mooncake or bailian.
std::unique_ptr<LineFormat> make_jsonl_format(TraceFormat format);

/// Returns the format of lines of azure or burstgpt, by the names of columns in the first line.
/// Throws InputError if one is missing.
std::unique_ptr<LineFormat> make_csv_format(TraceFormat format, const TracePlace& place,
                                            std::string_view head);

}  // namespace splitbench
