#pragma once
#include <span>
#include <string>

namespace splitbench {

/// `splitbench link bench`. Returns the exit code. Throws InputError for a wrong command line.
int link_command(std::span<const std::string> arguments);

}  // namespace splitbench
