#pragma once
#include <span>
#include <string>

namespace splitbench {

/// `splitbench trace stats | convert`. Returns the exit code; throws InputError.
int trace_command(std::span<const std::string> arguments);

}  // namespace splitbench
