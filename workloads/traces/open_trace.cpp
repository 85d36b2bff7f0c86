#include <algorithm>
#include <array>
#include <vector>

#include "workloads/traces/line_source.hpp"
#include "workloads/traces/session_reader.hpp"
#include "workloads/traces/trace_reader.hpp"

namespace splitbench {
namespace {

/// Makes a request as new, but with the memory it had.
void clear(TraceRequest& request) {
  request.session.clear();
  request.request_id.clear();
  request.wait_for.clear();
  request.hash_ids.clear();
  request.timestamp = request.delay = Time(0);
  request.block_tokens = 0;
  request.prefix_reset = false;
}

/// A reader of a file with one request a line.
class LineReader final : public TraceReader {
 public:
  LineReader(LineSource source, std::unique_ptr<LineFormat> format, BadLines bad_lines)
      : source_(std::move(source)), format_(std::move(format)), bad_lines_(bad_lines) {}

  bool next(TraceRequest& request) override {
    for (;;) {
      try {
        if (!source_.next(line_)) break;
        if (read(request)) return any_ = true;
      } catch (const InputError& error) {
        if (bad_lines_ == BadLines::refuse) throw;
        if (left_out_.bad++ == 0) left_out_.first_bad = error.what();
      }
    }
    if (!any_) refuse_nothing();
    return false;
  }

  const LeftOut& left_out() const override { return left_out_; }

 private:
  bool read(TraceRequest& request) {
    clear(request);
    if (!format_->read(source_.place(), line_, request)) {
      ++left_out_.failed;
      return false;
    }
    order_.check(source_.place(), request);
    return true;
  }

  [[noreturn]] void refuse_nothing() const {
    if (left_out_.bad > 0)
      throw InputError(fmt::format("{}; none of the lines is a request", left_out_.first_bad));
    source_.place().refuse("no request", "one on each line");
  }

  LineSource source_;
  std::unique_ptr<LineFormat> format_;
  BadLines bad_lines_;
  std::string_view line_;
  TraceOrder order_;
  LeftOut left_out_;
  bool any_ = false;
};

bool has(std::string_view line, std::string_view words) {
  return line.find(words) != line.npos;
}

bool is_ours(std::string_view line) {
  return line.starts_with('{') && has(line, "\"timestamp_ns\"");
}

bool is_bailian(std::string_view line) {
  return line.starts_with('{') && !is_ours(line) && has(line, "\"chat_id\"");
}

template <TraceFormat kFormat>
std::unique_ptr<LineFormat> make_jsonl(const TracePlace&, std::string_view) {
  return make_jsonl_format(kFormat);
}

template <TraceFormat kFormat>
std::unique_ptr<LineFormat> make_csv(const TracePlace& place, std::string_view head) {
  return make_csv_format(kFormat, place, head);
}

/// A format: its name, how a first line that is of it and of no other is recognised, and how its
/// lines are read. A row without the last two is not a format of one request a line.
struct FormatRow {
  TraceFormat format;
  std::string_view name;
  bool (*recognises)(std::string_view first_line) = nullptr;
  std::unique_ptr<LineFormat> (*make)(const TracePlace& place,
                                      std::string_view first_line) = nullptr;
  bool has_head = false;  ///< its first line names columns, and is no request
};
constexpr std::array kFormats = {
    FormatRow{TraceFormat::automatic, "automatic"},
    FormatRow{TraceFormat::ours, "ours", is_ours, make_jsonl<TraceFormat::ours>},
    FormatRow{TraceFormat::mooncake, "mooncake",
              [](std::string_view line) {
                return line.starts_with('{') && !is_ours(line) && !is_bailian(line);
              },
              make_jsonl<TraceFormat::mooncake>},
    FormatRow{TraceFormat::sessions, "sessions"},
    FormatRow{
        TraceFormat::azure, "azure",
        [](std::string_view line) { return !line.starts_with('{') && has(line, "ContextTokens"); },
        make_csv<TraceFormat::azure>, true},
    FormatRow{
        TraceFormat::burstgpt, "burstgpt",
        [](std::string_view line) { return !line.starts_with('{') && has(line, "Request tokens"); },
        make_csv<TraceFormat::burstgpt>, true},
    FormatRow{TraceFormat::bailian, "bailian", is_bailian, make_jsonl<TraceFormat::bailian>},
};

const FormatRow& row_of(TraceFormat format, const TracePlace& place, std::string_view first_line) {
  const auto is_it = [&](const FormatRow& row) {
    return format == TraceFormat::automatic ? row.recognises && row.recognises(first_line)
                                            : row.format == format;
  };
  const auto row = std::ranges::find_if(kFormats, is_it);
  if (row == kFormats.end())
    place.refuse("a first line of no trace that is known",
                 "the JSON object of a request, or the columns of an Azure or BurstGPT trace");
  return *row;
}

std::unique_ptr<TraceReader> open_lines(LineSource source, const TraceOptions& options) {
  std::string_view first;
  if (!source.next(first))
    source.place().refuse("an empty file", "a trace with one request a line");
  const FormatRow& row = row_of(options.format, source.place(), first);
  std::unique_ptr<LineFormat> lines = row.make(source.place(), first);
  if (!row.has_head) source.again();
  return std::make_unique<LineReader>(std::move(source), std::move(lines), options.bad_lines);
}

}  // namespace

std::string trace_format_names() {
  std::string names;
  for (const FormatRow& row : kFormats) {
    if (row.format == TraceFormat::automatic) continue;
    if (!names.empty()) names += &row == &kFormats.back() ? " or " : ", ";
    names += row.name;
  }
  return names;
}

TraceFormat trace_format_named(const std::string& name) {
  std::vector<std::string_view> names;
  for (const FormatRow& row : kFormats) {
    if (row.name == name) return row.format;
    names.push_back(row.name);
  }
  throw InputError(
      fmt::format("trace format {}: expected one of {}", name, fmt::join(names, ", ")));
}

std::unique_ptr<TraceReader> open_trace(const std::filesystem::path& path,
                                        const TraceOptions& options) {
  const bool sessions = options.format == TraceFormat::sessions ||
                        (options.format == TraceFormat::automatic && has_sessions(path));
  if (sessions) return open_sessions(path, options);
  return open_lines(LineSource(path), options);
}

}  // namespace splitbench
