#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "workloads/request.hpp"
#include "workloads/traces/trace_reader.hpp"

namespace splitbench {

/// The same trace, but requests of one timestamp are spread evenly over the time to the next one:
/// Mooncake's come in steps of three seconds. The last batch is given as long as the one before;
/// requests that wait for others are left as they are. One batch is kept in memory.
std::unique_ptr<TraceReader> spread_batches(std::unique_ptr<TraceReader> trace);

struct RecordedOptions {
  std::uint64_t keep = 0;  ///< how many of the trace's first requests; 0: all
  bool spread = false;     ///< requests of one timestamp over the time to the next: spread.hpp
  Time session_gap{0};     ///< between starts of sessions, in formats that do not record them
};

/// The requests of a trace of any format in order of arrival, which counts from the first one: ids
/// from 0, with what they share with earlier ones and whom they wait for. All of the file is
/// checked, also what is behind those that are kept; memory grows with these only. Throws
/// InputError.
std::vector<Request> recorded_requests(const std::filesystem::path& path,
                                       const RecordedOptions& options);

}  // namespace splitbench
