#include "sim/sweep/scenario_difference.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <map>
#include <string_view>
#include <utility>
#include <vector>
#include <yaml-cpp/yaml.h>

#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

using Values = std::vector<std::pair<std::string, std::string>>;  // paths and values, in file order
using ByPath = std::map<std::string_view, const std::string*>;

constexpr std::array<std::string_view, 5> kSaidByTheReport = {"name", "model", "kv_dtype", "seed",
                                                              "time"};

std::string flow_text(const YAML::Node& node) {
  YAML::Emitter emitter;
  emitter.SetMapFormat(YAML::Flow);
  emitter.SetSeqFormat(YAML::Flow);
  emitter << node;
  return emitter.c_str();
}

/// Collects the values of a scenario of anybody. A map that is named again and again, as aliases
/// may, counts each time.
class Collector {
 public:
  void collect(const YAML::Node& map, const std::string& prefix) {
    for (const auto& entry : map) {
      constexpr std::size_t kMost = 20'000;
      if (++seen_ > kMost)
        throw InputError(fmt::format("a scenario with more than {} values, expected fewer", kMost));
      const std::string path = prefix + entry.first.as<std::string>();
      if (entry.second.IsMap())
        collect(entry.second, path + ".");
      else if (std::ranges::find(kSaidByTheReport, path) == kSaidByTheReport.end())
        values_.emplace_back(path, flow_text(entry.second));
    }
  }
  Values take() { return std::move(values_); }

 private:
  std::size_t seen_ = 0;
  Values values_;
};

Values values_of(const std::string& yaml) {
  try {
    Collector collector;
    collector.collect(YAML::Load(yaml), "");
    return collector.take();
  } catch (const YAML::Exception& error) {
    throw InputError(fmt::format("scenario.yaml: {}, expected a scenario", error.what()));
  }
}

ByPath by_path(const Values& values) {
  ByPath found;
  for (const auto& [path, value] : values) found.emplace(path, &value);
  return found;
}

const std::string* find(const ByPath& values, std::string_view path) {
  const auto found = values.find(path);
  return found == values.end() ? nullptr : found->second;
}

std::string quoted(const std::string* value) {
  return value == nullptr ? "absent" : fmt::format("'{}'", *value);
}

}  // namespace

std::string scenario_difference(const std::string& before, const std::string& after) {
  const Values was = values_of(before), is = values_of(after);
  const ByPath base = by_path(was), candidate = by_path(is);
  std::vector<std::string> paths;
  for (const auto& [path, value] : was)
    if (const std::string* other = find(candidate, path); other == nullptr || *other != value)
      paths.push_back(path);
  for (const auto& [path, value] : is)
    if (find(base, path) == nullptr) paths.push_back(path);
  if (paths.empty()) return "";
  std::string text = fmt::format("{}: {} before, {} after", paths[0], quoted(find(base, paths[0])),
                                 quoted(find(candidate, paths[0])));
  if (paths.size() > 1) text += fmt::format(", and {} more keys", paths.size() - 1);
  return text;
}

}  // namespace splitbench
