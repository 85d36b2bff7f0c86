#pragma once
#include <filesystem>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "configs/reader/key.hpp"
#include "configs/reader/value_kind.hpp"
#include "configs/scenario.hpp"

namespace splitbench {

/// Return the keys of each kind of file: the only list of them. They are built once, live as long
/// as the program and may be read from any thread.
const std::vector<Key<Scenario>>& scenario_keys();
const std::vector<Key<ModelGeometry>>& model_keys();
const std::vector<Key<HardwareProfile>>& hardware_keys();
const std::vector<Key<KvProfile>>& kv_profile_keys();

/// Returns a model's key `layers`.
Key<ModelGeometry> layers_key();

/// Returns the keys of added codecs of these names, "codecs.mine.ratio" and so on.
std::vector<Key<Scenario>> codec_keys(std::span<const std::string> codecs);
/// Returns the keys of a scenario that adds codecs of these names: those of scenario_keys(), and in
/// place of `codecs` each codec's own.
std::vector<Key<Scenario>> scenario_keys(std::span<const std::string> codecs);

/// Makes the key of a file. A relative path is resolved against the folder of the text that names
/// it, and comes out absolute.
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

/// Return parts of the scenario's list, each in a source file of its own. The check functions add
/// conflicts among the part's keys, and with other keys, to `diagnostics`.
std::vector<Key<Scenario>> link_keys();
void check_link(const Scenario& scenario, const Settings& settings, Diagnostics& diagnostics);
std::vector<Key<Scenario>> workload_keys();
void check_workload(Scenario& scenario, const Settings& settings, Diagnostics& diagnostics);
/// Returns the key of a scenario that adds no codec; it takes nothing.
Key<Scenario> codecs_key();
/// Return the names of codecs that are added: by a text and by assignments to keys, such as
/// "codecs.mine.ratio=1.6"; by a scenario; by the path of a key. Mistakes are not reported.
std::vector<std::string> codec_names(const Source& source,
                                     std::initializer_list<std::span<const std::string>> options);
std::vector<std::string> codec_names(const Scenario& scenario);
std::vector<std::string> codec_names(std::string_view path);
/// Adds codecs of these names without anything else to the scenario, for arms to refer to.
void name_codecs(Scenario& scenario, std::span<const std::string> names);
void check_codecs(const Scenario& scenario, const Settings& settings, Diagnostics& diagnostics);
Key<Scenario> arms_key();
void check_arms(const Scenario& scenario, const Settings& settings, Diagnostics& diagnostics);
/// Returns the names of baselines that arms may be, one line per library.
std::string baseline_forms();
Key<Scenario> transport_key();
/// Returns the names of the transports for which `holds` is true: "tcp or shm".
std::string transports_with(bool (*holds)(const TransportTraits&));
void check_transport(const Scenario& scenario, const Settings& settings, Diagnostics& diagnostics);
std::vector<Key<Scenario>> drift_keys();
void check_drift(const Scenario& scenario, const Settings& settings, Diagnostics& diagnostics);
Key<Scenario> faults_key();
void check_faults(Scenario& scenario, const Settings& settings, Diagnostics& diagnostics);

/// Return the kinds of a hardware profile's throughputs and of the fixed costs of its calls.
Kind<double> device_speed();
Kind<double> call_cost();
/// Return a hardware profile's keys for the rates of codecs: `rates`, and those of profiles that
/// were written before there was `rates`, which are only read.
Key<HardwareProfile> rates_key();
std::vector<Key<HardwareProfile>> old_rate_keys();

/// The key `axes` holds values of the other keys and is not in their list: its values are read with
/// their help.
inline constexpr const char* kAxesKey = "axes";
inline constexpr const char* kAxesTakes = "a map from keys to lists of values";
inline constexpr const char* kAxesMeaning =
    "what a sweep varies: 10, 25, 100 Gbit/s, or 8k..128k:x2, or 1..8:+1";
/// Reads the axes in the settings, and those in `varied`, which replace axes of the same path.
/// `codecs` are the names of the scenario's added codecs. Gives keys that are set nowhere else the
/// first value of their axis. Adds mistakes to `diagnostics`.
std::vector<AxisSpec> read_axes(Settings& settings, std::span<const std::string> codecs,
                                std::span<const std::string> varied, Diagnostics& diagnostics);
std::string write_axes(const std::vector<AxisSpec>& axes);

/// Check what no single key can: values that need each other, files that must exist. Add mistakes
/// to `diagnostics`. The scenario's check also makes paths absolute and fills in the targets of
/// faults.
void check(Scenario& scenario, const Settings& settings, Diagnostics& diagnostics);
void check(const HardwareProfile& hardware, const Settings& settings, Diagnostics& diagnostics);
void check(const ModelGeometry& model, const Settings& settings, Diagnostics& diagnostics);
void check(const KvProfile& profile, const Settings& settings, Diagnostics& diagnostics);

}  // namespace splitbench
