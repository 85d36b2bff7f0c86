#include "configs/scenario_schema.hpp"

#include <algorithm>
#include <array>
#include <boost/algorithm/string.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <vector>

#include "configs/keys/keys.hpp"
#include "configs/reader/form_kinds.hpp"
#include "configs/reader/words.hpp"
#include "configs/scenario_file.hpp"
#include "workloads/input_error.hpp"
#include "workloads/wrapped_text.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::ordered_json;

struct Described {
  std::string key, takes, fallback, meaning;
  bool required = false, scalar = false;
  std::vector<std::string> words;
};

std::vector<Described> described_keys() {
  const Scenario scenario = default_scenario();
  std::vector<Described> keys;
  for (const Key<Scenario>& key : scenario_keys()) {
    const bool required = key.need == Need::required;
    const std::string written = key.write(scenario);
    keys.push_back({key.path, key.takes,
                    required          ? ""
                    : written.empty() ? "none"
                                      : written,
                    key.meaning, required, key.scalar, key.words});
  }
  keys.push_back({kAxesKey, kAxesTakes, "none", kAxesMeaning, false, false, {}});
  return keys;
}

bool is_part_of(std::string_view key, std::string_view part) {
  return part.empty() || key == part ||
         (key.starts_with(part) && key.substr(part.size()).starts_with('.'));
}

/// Returns the lines of forms, which begin with two blanks, wrapped.
std::string wrapped_lines(const std::string& forms) {
  std::vector<std::string> lines;
  boost::split(lines, boost::trim_right_copy(forms), boost::is_any_of("\n"));
  std::string text;
  for (const std::string& line : lines) text += wrapped("  ", line);
  return text;
}

std::string entry(const Described& key) {
  const std::string fallback = key.required ? "required" : "default " + key.fallback;
  return fmt::format("{:<34} {}\n{}{}", key.key, fallback, wrapped("    ", key.meaning),
                     wrapped("    takes ", key.takes));
}

/// Forms that values of some keys have.
struct Forms {
  std::string_view key;    ///< whose they are; or empty
  std::string_view takes;  ///< a part of what such a key says that it takes; or empty
  std::string_view title;
  std::string (*lines)();
};

constexpr std::array kForms = {
    Forms{"arms", "", "a baseline, another library's codec, is one of", baseline_forms},
    Forms{"", "a distribution", "a distribution is one of", kind::distribution_forms},
    Forms{"workload.schedule", "", "a schedule, in multiples of workload.rate, is one of",
          kind::schedule_forms},
    Forms{"drift.kind", "", "a form of drift, with these values where they are left out, is one of",
          kind::drift_forms},
    Forms{"drift.path", "", "a path of drift is one of", kind::drift_path_forms}};

bool has_forms(const Described& key, const Forms& forms) {
  return key.key == forms.key ||
         (!forms.takes.empty() && key.takes.find(forms.takes) != std::string::npos);
}

[[noreturn]] void refuse(std::string_view part, const std::vector<Described>& keys) {
  std::vector<std::string> known;
  for (const Described& key : keys) {
    known.push_back(key.key);
    if (const std::size_t dot = key.key.find('.'); dot != std::string::npos)
      known.push_back(key.key.substr(0, dot));
  }
  const std::string near = nearest(part, known);
  throw InputError(fmt::format("schema: no key or section '{}'{}; splitbench schema lists them",
                               part,
                               near.empty() ? "" : fmt::format(", did you mean '{}'?", near)));
}

Json json_schema(const Described& key) {
  Json schema;
  schema["description"] = fmt::format("{}\nTakes {}.", key.meaning, key.takes);
  if (!key.words.empty())
    schema["enum"] = key.words;
  else if (key.scalar)
    schema["type"] = {"string", "number", "boolean"};
  const bool is_scalar = !key.fallback.empty() && key.fallback != "\"\"" && key.fallback[0] != '\n';
  if (is_scalar) schema["default"] = key.fallback;
  return schema;
}

}  // namespace

std::string scenario_schema(std::string_view part) {
  const std::vector<Described> all = described_keys();
  std::vector<Described> keys;
  std::ranges::copy_if(all, std::back_inserter(keys),
                       [&](const Described& key) { return is_part_of(key.key, part); });
  if (keys.empty()) refuse(part, all);
  std::string text;
  for (const Described& key : keys) text += entry(key);
  for (const Forms& forms : kForms)
    if (std::ranges::any_of(keys, [&](const Described& key) { return has_forms(key, forms); }))
      text += fmt::format("\n{}\n{}", forms.title, wrapped_lines(forms.lines()));
  return text;
}

std::string scenario_json_schema() {
  Json root{{"$schema", "http://json-schema.org/draft-07/schema#"},
            {"title", "splitbench scenario"},
            {"type", "object"},
            {"additionalProperties", false},
            {"required", Json::array()},
            {"properties", Json::object()}};
  for (const Described& key : described_keys()) {
    std::vector<std::string> path;
    boost::split(path, key.key, boost::is_any_of("."));
    Json* object = &root;
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
      Json& section = (*object)["properties"][path[i]];
      if (section.is_null())
        section = {
            {"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
      object = &section;
    }
    (*object)["properties"][path.back()] = json_schema(key);
    if (path.size() > 2) {  // `sessions.turns` in `workload`, as a stored scenario has it
      const std::string dotted = key.key.substr(path[0].size() + 1);
      root["properties"][path[0]]["properties"][dotted] = json_schema(key);
    }
    // A preset of a section may set what the section's keys require.
    if (key.required && path.size() == 1) root["required"].push_back(key.key);
  }
  return root.dump(2) + "\n";
}

}  // namespace splitbench
