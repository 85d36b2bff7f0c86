#pragma once
#include <vector>

#include "configs/key.hpp"
#include "configs/scenario.hpp"

namespace splitbench {

/// The one list of each kind of file.
const std::vector<Key<Scenario>>& scenario_keys();
const std::vector<Key<ModelGeometry>>& model_keys();
const std::vector<Key<HardwareProfile>>& hardware_keys();

/// What no single key can tell: values that need each other, files that must exist. The scenario's
/// relative paths become absolute.
void check(Scenario& scenario, const Settings& settings, Diagnostics& diagnostics);
void check(const ModelGeometry& model, const Settings& settings, Diagnostics& diagnostics);

}  // namespace splitbench
