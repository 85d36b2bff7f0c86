#pragma once
#include <filesystem>
#include <memory>

#include "workloads/traces/files/record_source.hpp"
#include "workloads/traces/trace_reader.hpp"

namespace splitbench {

/// Opens agentic sessions, in the order of the files and of the objects in them; the requests of a
/// session come in order of time. `records` are those of the first file, none of them read yet.
/// Gaps in the files are filled in like this:
///
///   starts      are not recorded: each session starts options.session_gap after the one before
///   turns       wait for the turns that had ended when they began; the delay is their think_time,
///               else the time between. Turns that overlapped may overlap again: they wait for the
///               same ones. Those that overlap the first of a session come together with it
///   sub-agents  begin when the turn before their marker has ended, and all that had ended by the
///               time of a later turn are waited for by it
///   hash ids    are local to a session unless marked global: each is mixed with the session's id
///   out: 0      an answer that was cut off before its first token: taken as 1
///
/// Throws InputError.
std::unique_ptr<TraceReader> open_sessions(const std::filesystem::path& path,
                                           std::unique_ptr<TraceFiles> files,
                                           std::unique_ptr<RecordSource> records,
                                           const TraceOptions& options);

}  // namespace splitbench
