#pragma once
#include <span>
#include <string>

namespace splitbench {

/// `splitbench sweep SCENARIO`: runs it at every point of its axes, prints the table to stdout,
/// keeps each point's result and the report of all. Returns the exit code: 1 when a point failed,
/// 128 and the signal's number when it was interrupted. Throws InputError when nothing could start.
int sweep_command(std::span<const std::string> arguments);

}  // namespace splitbench
