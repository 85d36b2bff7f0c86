#pragma once
#include <filesystem>
#include <string>

namespace splitbench {

/// Returns a fact of a result folder's run.json, such as "commit"; empty if there is no such text.
std::string run_fact(const std::filesystem::path& folder, const char* key);

}  // namespace splitbench
