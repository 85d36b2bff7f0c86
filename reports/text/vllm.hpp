#pragma once
#include <string>

#include "reports/report.hpp"

namespace splitbench {

/// Returns a row in the keys and units of a result of `vllm bench serve`, so that scripts made for
/// those can read it. It counts all repeats as one, so that completed / duration is
/// request_throughput. Figures that the row lacks are left out; so is the date.
std::string to_vllm(const Row& row);

/// Returns an object that has each arm's row under its name.
std::string to_vllm(const Report& report);

}  // namespace splitbench
