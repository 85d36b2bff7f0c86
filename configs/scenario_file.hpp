#pragma once
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "configs/reader/diagnostics.hpp"
#include "configs/scenario.hpp"

namespace splitbench {

/// Reads a scenario file and applies overrides such as `link.bandwidth=10 Gbit/s`; the last
/// override of a path wins. The result is checked and complete. Relative paths in the file are
/// resolved against its folder, those in an override against the current folder; both come out
/// absolute. `varied` adds axes, such as `workload.context=8k..128k:x2`, or replaces those of the
/// same path; a key that only an axis sets has the axis's first value. Throws ConfigError with all
/// mistakes at once.
Scenario load_scenario(const std::filesystem::path& file,
                       std::span<const std::string> overrides = {},
                       std::span<const std::string> varied = {});

/// Returns one point of a sweep: the scenario without axes, in which each axis's key has the given
/// value. `values` holds one value per axis, in the order of scenario.axes. Throws ConfigError if
/// the values do not go together.
Scenario at_point(const Scenario& scenario, std::span<const std::string> values);

/// The values of an axis as numbers in base units, if they are quantities.
struct AxisNumbers {
  std::string unit;  ///< base unit as reports name it: "bit/s"; empty if no value is a number
  std::vector<std::optional<double>> numbers;
};
/// Returns the values of an axis as numbers, one for each value. `axis.path` must be a key of a
/// scenario.
AxisNumbers numbers_of(const AxisSpec& axis);

/// Returns the scenario as YAML with every key explicit. Loading it gives an equal scenario on any
/// machine that has the trace and the dump: models, hardware and KV profiles that differ from those
/// shipped here are written out in full.
std::string to_yaml(const Scenario& scenario);
/// Returns the part of a scenario file that adds the scenario's codecs: `codecs:` and what is
/// below.
std::string codecs_yaml(const Scenario& scenario);

/// Returns a scenario with every key at its default; those that are required are empty.
Scenario default_scenario();

/// Load a shipped model, hardware or KV profile by its name, or a file whose path ends in .yaml and
/// is relative to the current folder; a model also from the config.json of Hugging Face. Throw
/// ConfigError with all mistakes at once.
ModelGeometry load_model(const std::string& name_or_path);
HardwareProfile load_hardware(const std::string& name_or_path);
KvProfile load_kv_profile(const std::string& name_or_path);

/// Return YAML that load_model, load_hardware and load_kv_profile read back as an equal value.
std::string to_yaml(const ModelGeometry& model);
std::string to_yaml(const HardwareProfile& hardware);
std::string to_yaml(const KvProfile& profile);

}  // namespace splitbench
