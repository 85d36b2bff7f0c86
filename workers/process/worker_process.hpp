#pragma once
#include <cstdint>
#include <span>
#include <string>

namespace splitbench {

enum class WorkerKind { prefill, decode };

/// Runs one worker or several in this process, each on a thread of its own: reads the run's secret
/// (Secret::hex) from standard input, connects to the coordinator, is set up, and works. A worker
/// that is turned away calls again. Blocks until all have ended. Returns true if each ended after a
/// Stop message, or false if one has sent Failed with the reason why it cannot go on. Throws
/// std::system_error if it cannot connect (one of several ends the process instead, with 1);
/// std::runtime_error or std::invalid_argument if the run's secret is missing or malformed. Changes
/// the thread's timer slack: to be called while the process has one thread.
bool run_workers(std::span<const WorkerKind>, const std::string& host, std::uint16_t port);

}  // namespace splitbench
