#pragma once
#include <string>
#include <vector>

#include "configs/reader/yaml_reader.hpp"

namespace splitbench {

/// What `link.preset` may name, besides none.
std::vector<std::string> link_preset_names();

/// Adds what the named preset says of keys of `link` that nobody set.
void apply_link_preset(Settings& settings);

}  // namespace splitbench
