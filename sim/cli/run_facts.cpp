#include "sim/cli/run_facts.hpp"

#include <nlohmann/json.hpp>

#include "workloads/files.hpp"
#include "workloads/foreign_json.hpp"

namespace splitbench {

std::string run_fact(const std::filesystem::path& folder, const char* key) {
  constexpr std::uint64_t kMostBytes = 1 << 20;
  const auto text =
      read_text_if_there(folder / "run.json", "a file of a result folder", kMostBytes);
  const auto json = try_parse_foreign_json(text.value_or("")).value_or(nullptr);
  return json.is_object() && json.contains(key) && json[key].is_string() ? json[key] : "";
}

}  // namespace splitbench
