#include "configs/scenario_file.hpp"

#include <cassert>
#include <memory>

#include "configs/keys/keys.hpp"
#include "configs/keys/presets.hpp"

namespace splitbench {
namespace {

std::vector<std::string> known_paths(std::span<const std::string> codecs) {
  std::vector<std::string> known = paths_of(scenario_keys(codecs));
  known.emplace_back(kAxesKey);
  return known;
}

Scenario fill(Settings& settings, std::span<const std::string> codecs, Diagnostics& diagnostics) {
  apply_engine_preset(settings);
  apply_link_preset(settings);
  apply_workload_preset(settings);
  Scenario scenario = default_scenario();
  name_codecs(scenario, codecs);
  read_keys(scenario_keys(codecs), settings, scenario, diagnostics);
  check(scenario, settings, diagnostics);
  diagnostics.throw_if_any();
  scenario.link.seed = scenario.seed;
  return scenario;
}

}  // namespace

Scenario default_scenario() {
  Scenario scenario;
  scenario.hardware = load_hardware("h200");
  scenario.kv.profile = load_kv_profile("llm");
  return scenario;
}

Scenario load_scenario(const std::filesystem::path& file, std::span<const std::string> overrides,
                       std::span<const std::string> varied) {
  const auto source = std::make_shared<const Source>(read_source(file, "scenario"));
  const std::vector<std::string> codecs = codec_names(*source, {overrides, varied});
  const std::vector<std::string> known = known_paths(codecs);
  Diagnostics diagnostics;
  Settings settings = read_settings(source, known, diagnostics);
  override_settings(settings, overrides, known, diagnostics);
  const std::vector<AxisSpec> axes = read_axes(settings, codecs, varied, diagnostics);

  Scenario scenario = fill(settings, codecs, diagnostics);
  if (scenario.name.empty()) scenario.name = file.stem().string();
  scenario.axes = axes;
  return scenario;
}

Scenario at_point(const Scenario& scenario, std::span<const std::string> values) {
  assert(values.size() == scenario.axes.size());
  Source resolved{"scenario", std::filesystem::current_path(), to_yaml(scenario), false};
  std::vector<std::string> chosen;
  for (std::size_t i = 0; i < values.size(); ++i)
    chosen.push_back(scenario.axes[i].path + '=' + values[i]);

  const std::vector<std::string> codecs = codec_names(scenario);
  const std::vector<std::string> known = known_paths(codecs);
  Diagnostics diagnostics;
  Settings settings =
      read_settings(std::make_shared<const Source>(std::move(resolved)), known, diagnostics);
  override_settings(settings, chosen, known, diagnostics, "point");
  return fill(settings, codecs, diagnostics);
}

std::string to_yaml(const Scenario& scenario) {
  return write_keys(scenario_keys(codec_names(scenario)), scenario) + write_axes(scenario.axes);
}

std::string codecs_yaml(const Scenario& scenario) {
  return write_keys(codec_keys(codec_names(scenario)), scenario);
}

}  // namespace splitbench
