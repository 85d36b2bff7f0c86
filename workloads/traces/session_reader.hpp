#pragma once
#include <filesystem>
#include <memory>

#include "workloads/traces/trace_reader.hpp"

namespace splitbench {

/// Reads agentic sessions, one to a file, in the order of the files; the requests of a session in
/// order of time. What the files leave open is filled in like this:
///
///   starts      are not recorded: each session starts options.session_gap after the one before
///   turns       wait for the turn before; the delay is its think_time, else the time between
///   sub-agents  begin when the turn before their marker has ended, and all that had ended by the
///               time of a later turn are waited for by it
///   hash ids    are local to a session: here each is mixed with the session's id
///   out: 0      an answer that was cut off before its first token: 1
std::unique_ptr<TraceReader> open_sessions(const std::filesystem::path& path,
                                           const TraceOptions& options);

}  // namespace splitbench
