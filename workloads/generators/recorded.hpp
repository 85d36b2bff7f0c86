#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "workloads/request.hpp"
#include "workloads/traces/trace_reader.hpp"

namespace splitbench {

/// Returns the same trace with the requests of one timestamp spread evenly over the time to the
/// next one: Mooncake's come in steps of three seconds. The last batch is given as long as the one
/// before; requests that wait for others are left as they are. One batch is kept in memory.
std::unique_ptr<TraceReader> spread_batches(std::unique_ptr<TraceReader> trace);

/// The options of recorded_requests().
struct RecordedOptions {
  std::uint64_t keep = 0;  ///< number of the trace's first requests to keep; 0: all
  bool spread = false;     ///< applies spread_batches()
  Time session_gap{0};     ///< time between starts of sessions, in formats that do not record them
};

/// Returns the requests of a trace of any format in order of arrival, which counts from the first
/// one, with ids from 0, the prefixes that they share with earlier ones and the requests that they
/// wait for. The whole file is checked, also what is behind the requests that are kept; memory
/// grows with these only. Throws InputError.
std::vector<Request> recorded_requests(const std::filesystem::path& path,
                                       const RecordedOptions& options);

}  // namespace splitbench
