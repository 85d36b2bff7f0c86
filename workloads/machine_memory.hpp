#pragma once
#include <cstdint>

namespace splitbench {

/// Returns the bytes of memory that this process may use: those of the machine, or of its control
/// group (Linux, version 2) if that has fewer. Thread-safe.
std::uint64_t machine_memory();

}  // namespace splitbench
