#pragma once
#include <vector>

#include "configs/key.hpp"
#include "configs/scenario.hpp"

namespace splitbench {

/// The one list of each kind of file.
const std::vector<Key<Scenario>>& scenario_keys();
const std::vector<Key<ModelGeometry>>& model_keys();
const std::vector<Key<HardwareProfile>>& hardware_keys();

/// Parts of the scenario's list, each in a file of its own, and what the keys in it have to do with
/// each other and with the rest.
std::vector<Key<Scenario>> link_keys();
void check_link(const Scenario& scenario, const Settings& settings, Diagnostics& diagnostics);
Key<Scenario> transport_key();
void check_transport(const Scenario& scenario, const Settings& settings, Diagnostics& diagnostics);
Key<Scenario> faults_key();
void check_faults(Scenario& scenario, const Settings& settings, Diagnostics& diagnostics);

/// What no single key can tell: values that need each other, files that must exist. The scenario's
/// relative paths become absolute.
void check(Scenario& scenario, const Settings& settings, Diagnostics& diagnostics);
void check(const HardwareProfile& hardware, const Settings& settings, Diagnostics& diagnostics);
void check(const ModelGeometry& model, const Settings& settings, Diagnostics& diagnostics);

}  // namespace splitbench
