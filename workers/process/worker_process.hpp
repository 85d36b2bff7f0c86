#pragma once
#include <cstdint>
#include <string>

namespace splitbench {

enum class WorkerKind { prefill, decode };

/// The name of the environment variable that hands the run's secret to its workers.
inline constexpr const char* kSecretVariable = "SPLITBENCH_SECRET";

/// Runs a worker process: connects to the coordinator, is set up, and works. Blocks until the end.
/// Returns true after a Stop message, or false after it has sent Failed with the reason why it
/// cannot go on. Throws std::system_error if it cannot connect; std::runtime_error or
/// std::invalid_argument if the run's secret is missing or malformed. Removes the secret from the
/// process's environment and changes the thread's timer slack: to be called while the process has
/// one thread.
bool run_worker(WorkerKind, const std::string& host, std::uint16_t port);

}  // namespace splitbench
