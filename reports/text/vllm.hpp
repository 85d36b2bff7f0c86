#pragma once
#include <string>

#include "reports/report.hpp"

namespace splitbench {

/// A row in the keys and units of a result of `vllm bench serve`, so that scripts made for those
/// read it as it is: all repeats are one there, so that completed / duration is request_throughput.
/// What the row has no figure for is left out; so is the date.
std::string to_vllm(const Row& row);

/// The same of each arm, under its name.
std::string to_vllm(const Report& report);

}  // namespace splitbench
