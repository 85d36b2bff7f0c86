#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_set>

#include "workloads/traces/trace_request.hpp"

namespace splitbench {

/// The file format of a trace. `automatic` goes by the file's name and its first line.
enum class TraceFormat : std::uint8_t {
  automatic,
  ours,      ///< JSONL, every field of TraceRequest
  mooncake,  ///< JSONL, with its session and agentic extensions
  sessions,  ///< agentic sessions: one JSON each, in a file, a folder or a .tar.xz
  azure,     ///< CSV
  burstgpt,  ///< CSV
  bailian,   ///< JSONL
};

/// The treatment of a line that is wrong: an error, or left out.
enum class BadLines : std::uint8_t { refuse, skip };

/// The lines and requests that a reader has left out until now.
struct LeftOut {
  std::uint64_t bad = 0;     ///< number of lines (for sessions: files) that were wrong
  std::string first_bad{};   ///< error of the first of them
  std::uint64_t failed = 0;  ///< requests that never got an answer, as the trace itself says
};

struct TraceOptions {
  TraceFormat format = TraceFormat::automatic;
  BadLines bad_lines = BadLines::refuse;
  /// The time from the start of one session to the start of the next, in the format `sessions`,
  /// which does not record starts.
  Time session_gap{0};
};

/// A trace that is read one request at a time. Requests that wait for none come in order of their
/// timestamps; each comes after those that it waits for. Not thread-safe.
class TraceReader {
 public:
  virtual ~TraceReader() = default;
  /// Gives the next request; returns false at the end, and `request` is then worth nothing. Reusing
  /// one object saves allocations. Throws InputError "path:line: what was found, what was
  /// expected".
  virtual bool next(TraceRequest& request) = 0;
  /// Returns what was left out until now; the reference lives as long as the reader.
  virtual const LeftOut& left_out() const = 0;
  /// Returns whether the trace records when sessions started; if it does not, rates mean nothing.
  virtual bool starts_recorded() const { return true; }
};

/// Checks the order of the requests of a trace: those that wait for none are in order of time, no
/// request id comes twice, and what is waited for has come before. It keeps 64 bits of each id: two
/// of ten million are the same by accident with a chance of three in a million. Not thread-safe.
class TraceOrder {
 public:
  /// Throws InputError if the request is out of order; it then counts as not having come.
  void check(const TracePlace& place, const TraceRequest& request);

 private:
  Time latest_{0};
  std::unordered_set<std::size_t> ids_;
};

/// Returns the names of the formats for people: "ours, mooncake or azure".
std::string trace_format_names();

/// Returns the format of that name. Throws InputError that lists the formats if there is none.
TraceFormat trace_format_named(const std::string& name);

/// Opens a trace of any format. Throws InputError if it cannot be read. A trace without a single
/// request is an InputError, of the first next() at the latest.
std::unique_ptr<TraceReader> open_trace(const std::filesystem::path& path,
                                        const TraceOptions& options = {});

}  // namespace splitbench
