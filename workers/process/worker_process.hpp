#pragma once
#include <cstdint>
#include <string>

namespace splitbench {

enum class WorkerKind { prefill, decode };

/// The name of the environment variable that hands the run's secret to its workers.
inline constexpr const char* kSecretVariable = "SPLITBENCH_SECRET";

/// The life of a worker process: connects to the coordinator, is set up, works, and returns true
/// when told to stop, or false after it has told the coordinator why it cannot go on. Throws when
/// there is nobody to tell.
bool run_worker(WorkerKind, const std::string& host, std::uint16_t port);

}  // namespace splitbench
