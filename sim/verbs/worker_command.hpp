#pragma once
#include <span>
#include <string>

namespace splitbench {

/// `splitbench worker prefill|decode --connect HOST:PORT`: a worker's whole life. Started by a run.
int worker_command(std::span<const std::string> arguments);

}  // namespace splitbench
