#pragma once
#include <span>
#include <string>

namespace splitbench {

/// `splitbench compare BASE CANDIDATE`: what changed between two results, beyond the noise or not.
/// Returns the exit code: 1 when a condition of --fail-if holds. Throws InputError.
int compare_command(std::span<const std::string> arguments);

}  // namespace splitbench
