#pragma once
#include <filesystem>

#include "reports/text/vllm.hpp"

namespace splitbench {

/// Returns the figures of single requests that a result folder holds in requests.jsonl, in its
/// order, by arm. Those of an arm have gaps between tokens only if all of its requests that are ok
/// do. Throws InputError that names the file and the line if one is not what a run writes.
ArraysByArm load_request_arrays(const std::filesystem::path& folder);

}  // namespace splitbench
