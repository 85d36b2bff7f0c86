#include "sim/sweep/scenario_difference.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <string_view>
#include <utility>
#include <vector>
#include <yaml-cpp/yaml.h>

#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

using Values = std::vector<std::pair<std::string, std::string>>;  // paths and values, in file order

constexpr std::array<std::string_view, 5> kSaidByTheReport = {"name", "model", "kv_dtype", "seed",
                                                              "time"};

std::string flow_text(const YAML::Node& node) {
  YAML::Emitter emitter;
  emitter.SetMapFormat(YAML::Flow);
  emitter.SetSeqFormat(YAML::Flow);
  emitter << node;
  return emitter.c_str();
}

void collect(const YAML::Node& map, const std::string& prefix, Values& values) {
  for (const auto& entry : map) {
    const std::string path = prefix + entry.first.as<std::string>();
    if (entry.second.IsMap())
      collect(entry.second, path + ".", values);
    else if (std::ranges::find(kSaidByTheReport, path) == kSaidByTheReport.end())
      values.emplace_back(path, flow_text(entry.second));
  }
}

Values values_of(const std::string& yaml) {
  try {
    Values values;
    collect(YAML::Load(yaml), "", values);
    return values;
  } catch (const YAML::Exception& error) {
    throw InputError(fmt::format("scenario.yaml: {}, expected a scenario", error.what()));
  }
}

const std::string* find(const Values& values, const std::string& path) {
  const auto found = std::ranges::find(values, path, &Values::value_type::first);
  return found == values.end() ? nullptr : &found->second;
}

std::string quoted(const std::string* value) {
  return value == nullptr ? "absent" : fmt::format("'{}'", *value);
}

}  // namespace

std::string scenario_difference(const std::string& before, const std::string& after) {
  const Values base = values_of(before), candidate = values_of(after);
  std::vector<std::string> paths;
  for (const auto& [path, value] : base)
    if (const std::string* other = find(candidate, path); other == nullptr || *other != value)
      paths.push_back(path);
  for (const auto& [path, value] : candidate)
    if (find(base, path) == nullptr) paths.push_back(path);
  if (paths.empty()) return "";
  std::string text = fmt::format("{}: {} before, {} after", paths[0], quoted(find(base, paths[0])),
                                 quoted(find(candidate, paths[0])));
  if (paths.size() > 1) text += fmt::format(", and {} more keys", paths.size() - 1);
  return text;
}

}  // namespace splitbench
