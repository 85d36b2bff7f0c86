#include "workloads/traces/open_trace.hpp"

#include <array>

#include "workloads/traces/line_format.hpp"
#include "workloads/traces/line_source.hpp"
#include "workloads/traces/session_reader.hpp"
#include "workloads/traces/trace_order.hpp"

namespace splitbench {
namespace {

constexpr std::array<std::string_view, 7> kNames = {"automatic", "ours",     "mooncake", "sessions",
                                                    "azure",     "burstgpt", "bailian"};

/// As new, but with the memory it had.
void clear(TraceRequest& request) {
  request.session.clear();
  request.request_id.clear();
  request.wait_for.clear();
  request.hash_ids.clear();
  request.timestamp = request.delay = Time(0);
  request.block_tokens = 0;
  request.prefix_reset = false;
}

/// A file with one request a line.
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

/// By its first line.
TraceFormat format_of(const TracePlace& place, std::string_view line) {
  const auto has = [line](std::string_view words) { return line.find(words) != line.npos; };
  if (line.starts_with('{')) {
    if (has("\"timestamp_ns\"")) return TraceFormat::ours;
    if (has("\"chat_id\"")) return TraceFormat::bailian;
    return TraceFormat::mooncake;
  }
  if (has("ContextTokens")) return TraceFormat::azure;
  if (has("Request tokens")) return TraceFormat::burstgpt;
  place.refuse("a first line of no trace that is known",
               "the JSON object of a request, or the columns of an Azure or BurstGPT trace");
}

std::unique_ptr<TraceReader> open_lines(LineSource source, const TraceOptions& options) {
  std::string_view first;
  if (!source.next(first))
    source.place().refuse("an empty file", "a trace with one request a line");
  TraceFormat format = options.format;
  if (format == TraceFormat::automatic) format = format_of(source.place(), first);
  std::unique_ptr<LineFormat> lines;
  if (format == TraceFormat::azure || format == TraceFormat::burstgpt) {
    lines = make_csv_format(format, source.place(), first);
  } else {
    lines = make_jsonl_format(format);
    source.again();
  }
  return std::make_unique<LineReader>(std::move(source), std::move(lines), options.bad_lines);
}

}  // namespace

TraceFormat trace_format_named(const std::string& name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<TraceFormat>(i);
  throw InputError(
      fmt::format("trace format {}: expected one of {}", name, fmt::join(kNames, ", ")));
}

std::unique_ptr<TraceReader> open_trace(const std::filesystem::path& path,
                                        const TraceOptions& options) {
  const bool sessions = options.format == TraceFormat::sessions ||
                        (options.format == TraceFormat::automatic && has_sessions(path));
  if (sessions) return open_sessions(path, options);
  return open_lines(LineSource(path), options);
}

}  // namespace splitbench
