#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_set>

#include "workloads/traces/trace_request.hpp"

namespace splitbench {

/// How a trace is written down. Automatic goes by the file's name and its first line.
enum class TraceFormat : std::uint8_t {
  automatic,
  ours,      ///< JSONL, every field of TraceRequest
  mooncake,  ///< JSONL, with its session and agentic extensions
  sessions,  ///< agentic sessions: one JSON each, in a file, a folder or a .tar.xz
  azure,     ///< CSV
  burstgpt,  ///< CSV
  bailian,   ///< JSONL
};

/// What becomes of a line that is wrong.
enum class BadLines : std::uint8_t { refuse, skip };

/// What a reader has left out until now.
struct LeftOut {
  std::uint64_t bad = 0;     ///< lines (of sessions: files) that were wrong
  std::string first_bad{};   ///< what was wrong with the first of them
  std::uint64_t failed = 0;  ///< requests that never got an answer, as the trace itself says
};

struct TraceOptions {
  TraceFormat format = TraceFormat::automatic;
  BadLines bad_lines = BadLines::refuse;
  /// Of sessions, whose starts are not recorded: from the start of one to the start of the next.
  Time session_gap{0};
};

/// A trace, one request at a time. Requests that wait for none come in order of their timestamps;
/// each comes after those that it waits for.
class TraceReader {
 public:
  virtual ~TraceReader() = default;
  /// The next request; false at the end, and `request` is then worth nothing. Reusing one object
  /// saves allocations. Throws InputError "path:line: what was found, what was expected".
  virtual bool next(TraceRequest& request) = 0;
  virtual const LeftOut& left_out() const = 0;
  /// Whether the trace says when sessions started; where it does not, rates mean nothing.
  virtual bool starts_recorded() const { return true; }
};

/// What must hold between the requests of a trace: those that wait for none are in order of time,
/// no request id comes twice, and what is waited for has come before. Of ids it keeps 64 bits each:
/// that two of ten million are the same by accident has a chance of three in a million.
class TraceOrder {
 public:
  /// Throws InputError; the request then counts as not having come.
  void check(const TracePlace& place, const TraceRequest& request);

 private:
  Time latest_{0};
  std::unordered_set<std::size_t> ids_;
};

/// Returns the names of the formats for people: "ours, mooncake or azure".
std::string trace_format_names();

/// Throws InputError that lists the formats.
TraceFormat trace_format_named(const std::string& name);

/// Opens a trace of any format. A trace without a single request is an InputError of the first
/// next().
std::unique_ptr<TraceReader> open_trace(const std::filesystem::path& path,
                                        const TraceOptions& options = {});

}  // namespace splitbench
