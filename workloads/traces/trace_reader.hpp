#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "workloads/traces/trace_options.hpp"
#include "workloads/traces/trace_request.hpp"

namespace splitbench {

/// The rows and requests that a reader has left out until now.
struct LeftOut {
  std::uint64_t bad = 0;     ///< number of rows (of sessions: files) that were wrong
  std::string first_bad{};   ///< error of the first of them
  std::uint64_t failed = 0;  ///< requests that never got an answer, as the trace itself says
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
  /// Returns sentences on what was read until now that may not be what the user meant, each with
  /// the way out: how times, turns or blocks were understood.
  virtual std::vector<std::string> remarks() const { return {}; }
};

/// The number of rows that are read ahead, to sort them by time and to find the size of their
/// blocks.
inline constexpr std::size_t kRowsAhead = 1024;

/// Checks the order of the requests of a trace: those that wait for none are in order of time, no
/// request id comes twice, and what is waited for has come before. It keeps 64 bits of each id: two
/// of ten million are the same by accident with a chance of three in a million. Not thread-safe.
class TraceOrder {
 public:
  /// Throws InputError if the request is out of order, or states a prefix that cannot be; it then
  /// counts as not having come.
  void check(const TracePlace& place, const TraceRequest& request);

 private:
  void check_prefix(const TracePlace& place, const TraceRequest& request) const;

  Time latest_{0};
  struct Lengths {
    std::uint64_t input, output;
  };
  std::unordered_set<std::size_t> ids_;
  std::unordered_map<std::size_t, Lengths>
      lengths_;  // of those without ids, whose prefix others may state
};

/// Opens a trace of any format: a file, compressed or not, a folder, or an archive. Throws
/// InputError if it cannot be read. A trace without a single request is an InputError, of the first
/// next() at the latest.
std::unique_ptr<TraceReader> open_trace(const std::filesystem::path& path,
                                        const TraceOptions& options = {});

}  // namespace splitbench
