#pragma once
#include <cstdint>
#include <span>
#include <string>

namespace splitbench {

// Plots for a terminal.

/// A bar that is `share` of 40 characters long, to an eighth of a character.
std::string bar(double share);

/// A character for each count, as high as its share of the highest.
std::string columns(std::span<const std::uint64_t> counts);

}  // namespace splitbench
