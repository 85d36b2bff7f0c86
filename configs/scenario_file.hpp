#pragma once
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "configs/reader/diagnostics.hpp"
#include "configs/scenario.hpp"

namespace splitbench {

/// Reads a scenario file and lays overrides such as `link.bandwidth=10 Gbit/s` over it, the last of
/// a path winning. The result is checked and complete. Paths in the file count from its folder,
/// paths in an override from the current one; both come out absolute. `varied` adds axes, such as
/// `workload.context=8k..128k:x2`, or replaces those of the same path; a key that only an axis
/// names has the axis's first value. Throws ConfigError with all mistakes at once.
Scenario load_scenario(const std::filesystem::path& file,
                       std::span<const std::string> overrides = {},
                       std::span<const std::string> varied = {});

/// One point of a sweep: the scenario without axes and, of each of its axes in turn, with one
/// value. Throws ConfigError where the values do not go together.
Scenario at_point(const Scenario& scenario, std::span<const std::string> values);

/// The values of an axis as numbers in base units, where they are quantities.
struct AxisNumbers {
  std::string unit;  ///< as reports name it: "bit/s"; empty where no value is a number
  std::vector<std::optional<double>> numbers;
};
AxisNumbers numbers_of(const AxisSpec& axis);

/// The scenario with every key explicit; loading it gives an equal scenario, on any machine that
/// has the trace and the dump: models, hardware and KV profiles that are not shipped as they are
/// here are written out in full.
std::string to_yaml(const Scenario& scenario);

/// Every key with what it takes, its default and its meaning, as a table of text; below it the
/// forms of distributions, schedules and drift.
std::string scenario_schema();

/// A shipped model, hardware or KV profile by its name, or a file whose path ends in .yaml.
/// All throw ConfigError.
ModelGeometry load_model(const std::string& name_or_path);
HardwareProfile load_hardware(const std::string& name_or_path);
KvProfile load_kv_profile(const std::string& name_or_path);

/// What these read back as the same value.
std::string to_yaml(const ModelGeometry& model);
std::string to_yaml(const HardwareProfile& hardware);
std::string to_yaml(const KvProfile& profile);

}  // namespace splitbench
