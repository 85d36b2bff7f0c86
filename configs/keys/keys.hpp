#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "configs/reader/key.hpp"
#include "configs/reader/value_kind.hpp"
#include "configs/scenario.hpp"

namespace splitbench {

/// The one list of each kind of file.
const std::vector<Key<Scenario>>& scenario_keys();
const std::vector<Key<ModelGeometry>>& model_keys();
const std::vector<Key<HardwareProfile>>& hardware_keys();
const std::vector<Key<KvProfile>>& kv_profile_keys();

/// The key of a file: a relative path counts from where it was said, and comes out absolute.
template <class Field>
Key<Scenario> file_key(std::string path, Field field, std::string meaning) {
  Key<Scenario> file = make_key<Scenario>(
      std::move(path), field, kind::or_word(kind::path(), "none", std::filesystem::path()),
      std::move(meaning));
  file.read = [field, read = file.read](Scenario& scenario, const Entry& entry,
                                        Diagnostics& diagnostics) {
    read(scenario, entry, diagnostics);
    std::filesystem::path& found = field(scenario);
    if (!found.empty()) found = (entry.value.source->folder / found).lexically_normal();
  };
  return file;
}

/// Parts of the scenario's list, each in a file of its own, and what the keys in it have to do with
/// each other and with the rest.
std::vector<Key<Scenario>> link_keys();
void check_link(const Scenario& scenario, const Settings& settings, Diagnostics& diagnostics);
std::vector<Key<Scenario>> workload_keys();
void check_workload(Scenario& scenario, const Settings& settings, Diagnostics& diagnostics);
Key<Scenario> arms_key();
void check_arms(const Scenario& scenario, const Settings& settings, Diagnostics& diagnostics);
/// The baselines that arms may be, a line a library.
std::string baseline_forms();
Key<Scenario> transport_key();
/// Returns the names of the transports for which that holds: "tcp or shm".
std::string transports_with(bool (*holds)(const TransportTraits&));
void check_transport(const Scenario& scenario, const Settings& settings, Diagnostics& diagnostics);
std::vector<Key<Scenario>> drift_keys();
void check_drift(const Scenario& scenario, const Settings& settings, Diagnostics& diagnostics);
Key<Scenario> faults_key();
void check_faults(Scenario& scenario, const Settings& settings, Diagnostics& diagnostics);

/// What throughputs of a hardware profile are, and fixed costs of calls.
Kind<double> device_speed();
Kind<double> call_cost();
/// Keys of a hardware profile: how fast codecs are, and those that said so before there was this
/// one.
Key<HardwareProfile> rates_key();
std::vector<Key<HardwareProfile>> old_rate_keys();

/// The key `axes` is about the other keys and none of them: they are read with its help.
inline constexpr const char* kAxesKey = "axes";
inline constexpr const char* kAxesTakes = "a map from keys to lists of values";
inline constexpr const char* kAxesMeaning =
    "what a sweep varies: 10, 25, 100 Gbit/s, or 8k..128k:x2, or 1..8:+1";
/// Reads what the settings say of axes, and what `varied` lays over it. Gives keys that are set
/// nowhere else the first value of their axis.
std::vector<AxisSpec> read_axes(Settings& settings, std::span<const std::string> varied,
                                Diagnostics& diagnostics);
std::string write_axes(const std::vector<AxisSpec>& axes);

/// What no single key can tell: values that need each other, files that must exist.
void check(Scenario& scenario, const Settings& settings, Diagnostics& diagnostics);
void check(const HardwareProfile& hardware, const Settings& settings, Diagnostics& diagnostics);
void check(const ModelGeometry& model, const Settings& settings, Diagnostics& diagnostics);
void check(const KvProfile& profile, const Settings& settings, Diagnostics& diagnostics);

}  // namespace splitbench
