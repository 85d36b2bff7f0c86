#pragma once
#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>

namespace splitbench {

/// Hands on each line of a result folder's requests.jsonl, in its order. Throws InputError that
/// names the file and the line if one is not JSON, or if `take` throws an exception of the JSON
/// library because it is not what a run writes.
void for_each_request_row(const std::filesystem::path& folder,
                          const std::function<void(const nlohmann::json& row)>& take);

}  // namespace splitbench
