#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "workloads/generators/workload.hpp"
#include "workloads/request.hpp"
#include "workloads/traces/trace_reader.hpp"

namespace splitbench {

/// Returns the same trace with the requests of one timestamp spread evenly over the time to the
/// next one: Mooncake's come in steps of three seconds. The last batch is given as long as the one
/// before; requests that wait for others are left as they are. One batch is kept in memory.
std::unique_ptr<TraceReader> spread_batches(std::unique_ptr<TraceReader> trace);

/// The options of recorded_requests().
struct RecordedOptions {
  TraceOptions reading{};
  std::uint64_t keep = 0;  ///< number of the first requests in the window to keep; 0: all
  bool spread = false;     ///< applies spread_batches()
  Time start{0}, end{0};   ///< the window, counted from the trace's first request; end 0: none
  std::uint64_t max_context = 0;  ///< longest prompt, in tokens; 0: any
  LongPrompts long_prompts = LongPrompts::refuse;
};

/// Returns the options that a workload's keys say, with its first `keep` requests.
RecordedOptions recorded_options(const WorkloadSpec& spec, std::uint64_t keep);

/// The requests of a trace, and what its reader has to say about them.
struct Recorded {
  std::vector<Request> requests;
  std::vector<std::string> remarks;  ///< sentences: what was left out, how times were understood
};

/// Returns the requests of a trace of any format in order of arrival, which counts from the first
/// one that is kept, with ids from 0, the prefixes that they share with earlier ones and the
/// requests that they wait for. A prompt that begins with all blocks of a turn that it continues,
/// and is as long as that one and its answer at least, is taken to hold the answer behind them.
/// Nothing is known of requests outside the window: who waits for them arrives at its timestamp.
/// The whole file is checked, also what is behind the requests that are kept; memory grows with
/// these only. Throws InputError.
Recorded recorded_requests(const std::filesystem::path& path, const RecordedOptions& options);

}  // namespace splitbench
