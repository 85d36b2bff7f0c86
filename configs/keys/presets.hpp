#pragma once
#include <string>
#include <string_view>
#include <yaml-cpp/yaml.h>

#include "configs/reader/yaml_reader.hpp"

namespace splitbench {

/// The entry that names a preset, unless none does.
const Entry* named_preset(const Settings& settings, std::string_view key);

/// Sets a key that nobody set. A preset that an override names comes after the file: there only
/// other overrides count as set.
void set_by_preset(Settings& settings, const Entry& named, const std::string& path,
                   const YAML::Node& value);

}  // namespace splitbench
