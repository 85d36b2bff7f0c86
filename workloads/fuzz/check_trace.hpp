#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "workloads/fuzz/memory_file.hpp"
#include "workloads/input_error.hpp"
#include "workloads/traces/trace_reader.hpp"
#include "workloads/traces/trace_statistics.hpp"
#include "workloads/traces/trace_writer.hpp"

namespace splitbench {

/// Returns the requests of a file, or none if it is refused. Checks that a refusal names the place
/// and what was expected.
inline std::optional<std::vector<TraceRequest>> read_trace(std::string_view text,
                                                           const TraceOptions& options) {
  const MemoryFile file(text);
  try {
    const auto trace = open_trace(file.path(), options);
    std::vector<TraceRequest> requests;
    for (TraceRequest request; trace->next(request);) requests.push_back(request);
    return requests;
  } catch (const InputError& error) {
    const std::string_view message = error.what();
    claim(message.starts_with(file.path().string()), "a refusal begins with the place");
    claim(message.find(", expected ") != message.npos, "a refusal says what was expected");
    return std::nullopt;
  }
}

/// Checks what every trace that is not refused guarantees.
inline void check_requests(const std::vector<TraceRequest>& requests) {
  claim(!requests.empty(), "a trace without a request is refused");
  std::unordered_set<std::string> came;
  Time latest{0};
  for (const TraceRequest& request : requests) {
    claim(request.input_tokens >= 1 && request.input_tokens <= kMaxTokens, "inputs are lengths");
    claim(request.output_tokens >= 1 && request.output_tokens <= kMaxTokens, "outputs, too");
    claim(request.timestamp >= Time(0) && request.delay >= Time(0), "times are none before 0");
    for (const std::string& id : request.wait_for)
      claim(came.contains(id), "what is waited for has come");
    claim(request.request_id.empty() || came.insert(request.request_id).second,
          "no id comes twice");
    claim(waits(request) || request.timestamp >= latest, "arrivals are in order");
    if (!waits(request)) latest = request.timestamp;
  }
}

/// Checks also that a trace can be summed up, and written as ours and read again without a loss.
inline void check_trace(const std::vector<TraceRequest>& requests) {
  check_requests(requests);
  TraceSummary summary;
  std::string text;
  for (const TraceRequest& request : requests) {
    summary.add(request);
    append_ours(request, text);
  }
  claim(summary.statistics().requests == requests.size(), "every request counts");
  const auto again = read_trace(text, {.format = TraceFormat::ours});
  claim(again == requests, "ours holds everything");
}

/// Checks a file three times: refused at the first bad line, with bad lines skipped, and with turns
/// that list what is new in them.
inline void check_text(std::string_view text, TraceFormat format) {
  const auto strict = read_trace(text, {.format = format});
  if (strict) check_trace(*strict);
  const auto lenient = read_trace(text, {.format = format, .bad_rows = BadRows::skip});
  if (lenient) check_requests(*lenient);
  claim(!strict || lenient == strict, "where nothing is bad nothing is skipped");
  const auto delta = read_trace(text, {.format = format, .turns = Turns::delta});
  if (delta) check_trace(*delta);
}

/// Checks any bytes: the first one chooses the format of the rest.
inline void check_bytes(const std::uint8_t* bytes, std::size_t size,
                        std::span<const TraceFormat> formats) {
  if (size < 1) return;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  check_text(text.substr(1), formats[bytes[0] % formats.size()]);
}

}  // namespace splitbench
