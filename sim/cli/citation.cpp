#include "sim/cli/citation.hpp"

#include <fmt/format.h>
#include <regex>

#include "sim/cli/run_facts.hpp"

namespace splitbench {
namespace {

/// Returns a fact of the run if it has the form; else nothing, since anybody may have written it.
std::string fact_like(const std::filesystem::path& folder, const char* key, const char* form) {
  const std::string fact = run_fact(folder, key);
  std::smatch match;
  return std::regex_match(fact, match, std::regex(form)) ? match[1].str() : "";
}

}  // namespace

std::string to_bibtex(const std::filesystem::path& folder) {
  const std::string version = fact_like(folder, "version", R"(([\w.+-]{1,40}))");
  const std::string commit = fact_like(folder, "commit", R"(([0-9a-f]{7,40}(-dirty)?))");
  const std::string date = fact_like(folder, "started", R"((\d{4}-\d{2}-\d{2})T.*)");
  std::string text =
      "@software{splitbench,\n"
      "  author = {{The splitbench authors}},\n"
      "  title = {splitbench: a testbed for {KV}-cache compression in disaggregated {LLM} serving}";
  const auto add = [&text](const char* key, const std::string& value) {
    if (!value.empty()) text += fmt::format(",\n  {} = {{{}}}", key, value);
  };
  add("version", version);
  add("year", date.substr(0, 4));
  add("date", date);
  add("note", commit.empty() ? "" : "commit " + commit);
  return text + ",\n  license = {MIT}\n}\n";
}

}  // namespace splitbench
