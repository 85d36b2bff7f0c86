#pragma once
#include <span>
#include <string>

namespace splitbench {

/// `splitbench run SCENARIO`: runs it, prints the table to stdout, writes the result folder.
/// Returns the exit code: 1 when the run failed, with what was measured kept. Throws InputError
/// when nothing could start.
int run_command(std::span<const std::string> arguments);

}  // namespace splitbench
