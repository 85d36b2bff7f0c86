#pragma once
#include <fstream>
#include <memory>
#include <string_view>
#include <vector>

#include "workloads/traces/trace_reader.hpp"
#include "workloads/traces/trace_request.hpp"

namespace splitbench {

/// The lines of a file, one at a time: memory does not grow with the file.
class LineSource {
 public:
  static constexpr std::size_t kMaxLine = 4 << 20;  // a prompt of kMaxTokens has 1.5 MB of ids
  static constexpr std::size_t kPadding = 64;       // bytes behind a line that may be read

  /// Throws InputError where there is no file that can be read.
  explicit LineSource(const std::filesystem::path& path);

  /// The next line without its end, valid until the next call. False at the end of the file. Throws
  /// InputError for a line that is too long; the one behind it comes next.
  bool next(std::string_view& line);
  /// Makes the next call of next() give the same line once more.
  void again();

  const TracePlace& place() const { return place_; }

 private:
  /// More bytes in the buffer, which grows if a line fills it; false at the end of the file.
  bool fill();
  void pass_long_line();

  TracePlace place_;
  std::ifstream file_;
  std::vector<char> buffer_;
  std::size_t line_begin_ = 0;  // the line given last
  std::size_t begin_ = 0;       // what has been read and not given
  std::size_t end_ = 0;
};

/// What one line of a trace means.
class LineFormat {
 public:
  virtual ~LineFormat() = default;
  /// Fills a request that is as new; false for one that never got an answer. The line has
  /// LineSource::kPadding readable bytes behind it. Throws InputError.
  virtual bool read(const TracePlace& place, std::string_view line, TraceRequest& request) = 0;
};

/// For ours, mooncake and bailian.
std::unique_ptr<LineFormat> make_jsonl_format(TraceFormat format);

/// For azure and burstgpt, by the names in the first line.
std::unique_ptr<LineFormat> make_csv_format(TraceFormat format, const TracePlace& place,
                                            std::string_view head);

}  // namespace splitbench
