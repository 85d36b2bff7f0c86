#include "configs/keys/profiles.hpp"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <memory>
#include <type_traits>

#include "configs/keys/keys.hpp"
#include "configs/keys/model_config.hpp"
#include "configs/scenario_file.hpp"

namespace splitbench {
namespace {

constexpr std::string_view kYamlFile = "a .yaml file", kYamlPath = "a path that ends in .yaml";

template <class Profile>
struct Family;

template <>
struct Family<ModelGeometry> {
  static constexpr std::string_view noun = "model", folder = "models/";
  static constexpr std::string_view files = "a .yaml file, a config.json of Hugging Face";
  static constexpr std::string_view path =
      "a path that ends in .yaml or, for a Hugging Face "
      "config.json, in .json";
  static const auto& keys() { return model_keys(); }
};

template <>
struct Family<HardwareProfile> {
  static constexpr std::string_view noun = "hardware profile", folder = "hardware/";
  static constexpr std::string_view files = kYamlFile, path = kYamlPath;
  static const auto& keys() { return hardware_keys(); }
};

template <>
struct Family<KvProfile> {
  static constexpr std::string_view noun = "KV profile", folder = "kv_profiles/";
  static constexpr std::string_view files = kYamlFile, path = kYamlPath;
  static const auto& keys() { return kv_profile_keys(); }
};

constexpr std::string_view kSuffix = ".yaml";

template <class Profile>
std::vector<std::string> shipped_names() {
  std::vector<std::string> names;
  for (const ShippedFile& file : shipped_files()) {
    std::string_view name = file.path;
    if (!name.starts_with(Family<Profile>::folder)) continue;
    name.remove_prefix(Family<Profile>::folder.size());
    name.remove_suffix(kSuffix.size());
    names.emplace_back(name);
  }
  return names;
}

/// Returns the shipped name that is most likely meant. That of a repository may be longer at either
/// end, such as meta-llama/Llama-3.1-8B-Instruct.
std::string meant_name(std::string_view name, std::span<const std::string> shipped) {
  std::string word(name.substr(name.rfind('/') + 1));
  std::ranges::transform(word, word.begin(), [](unsigned char c) { return std::tolower(c); });
  const std::string bounded = '-' + word + '-';
  std::string longest;
  for (const std::string& candidate : shipped) {
    const bool part = bounded.find('-' + candidate + '-') != bounded.npos;
    if (part && candidate.size() > longest.size()) longest = candidate;
  }
  return longest.empty() ? nearest(word, shipped) : longest;
}

template <class Profile>
Source shipped_source(std::string_view name) {
  const std::string path = fmt::format("{}{}{}", Family<Profile>::folder, name, kSuffix);
  const auto file = std::ranges::find(shipped_files(), path, &ShippedFile::path);
  if (file != shipped_files().end()) return {path, {}, std::string(file->text)};

  const std::vector<std::string> names = shipped_names<Profile>();
  const std::string near = meant_name(name, names);
  throw InputError(fmt::format("no {} '{}'; {}expected {} or {}", Family<Profile>::noun, name,
                               near.empty() ? "" : fmt::format("did you mean '{}'? ", near),
                               fmt::join(names, ", "), Family<Profile>::path));
}

template <class Profile>
Profile fill(Settings settings, Diagnostics& diagnostics) {
  Profile profile;
  read_keys(Family<Profile>::keys(), settings, profile, diagnostics);
  check(profile, settings, diagnostics);
  return profile;
}

template <class Profile>
Profile find(const std::string& name_or_path, const std::filesystem::path& folder,
             Diagnostics& diagnostics) {
  if constexpr (std::is_same_v<Profile, ModelGeometry>) {
    if (is_model_config(name_or_path)) return read_model_config(folder / name_or_path, diagnostics);
  }
  Source source = name_or_path.ends_with(kSuffix)
                      ? read_source(folder / name_or_path, Family<Profile>::noun)
                      : shipped_source<Profile>(name_or_path);
  return fill<Profile>(read_settings(std::make_shared<const Source>(std::move(source)),
                                     paths_of(Family<Profile>::keys()), diagnostics),
                       diagnostics);
}

template <class Profile>
Profile load(const std::string& name_or_path) {
  Diagnostics diagnostics;
  try {
    Profile profile = find<Profile>(name_or_path, "", diagnostics);
    diagnostics.throw_if_any();
    return profile;
  } catch (const ConfigError&) {
    throw;
  } catch (const InputError& error) {
    throw ConfigError(error.what());
  }
}

}  // namespace

template <class Profile>
std::string takes_profile() {
  return fmt::format("the name of a shipped {}, {} or a map of its keys", Family<Profile>::noun,
                     Family<Profile>::files);
}

template <class Profile>
Profile read_profile(const Entry& entry, Diagnostics& diagnostics) {
  if (entry.node.IsMap()) {
    return fill<Profile>(read_settings(entry, paths_of(Family<Profile>::keys()), diagnostics),
                         diagnostics);
  }
  const std::string name(scalar(entry, takes_profile<Profile>()));
  return find<Profile>(name, entry.value.source->folder, diagnostics);
}

KvProfile kv_profile_of(std::string_view model) {
  const std::vector<std::string> names = shipped_names<KvProfile>();
  const bool shipped = std::ranges::find(names, model) != names.end();
  return load<KvProfile>(shipped ? std::string(model) : "llm");
}

template <class Profile>
std::string write_profile(const Profile& profile, std::string_view indent) {
  const std::vector<std::string> names = shipped_names<Profile>();
  const bool shipped = std::ranges::find(names, profile.name) != names.end();
  if (shipped && load<Profile>(profile.name) == profile) return profile.name;
  return '\n' + write_keys(Family<Profile>::keys(), profile, indent);
}

template std::string takes_profile<ModelGeometry>();
template std::string takes_profile<HardwareProfile>();
template std::string takes_profile<KvProfile>();
template ModelGeometry read_profile(const Entry&, Diagnostics&);
template HardwareProfile read_profile(const Entry&, Diagnostics&);
template KvProfile read_profile(const Entry&, Diagnostics&);
template std::string write_profile(const ModelGeometry&, std::string_view);
template std::string write_profile(const HardwareProfile&, std::string_view);
template std::string write_profile(const KvProfile&, std::string_view);

ModelGeometry load_model(const std::string& name_or_path) {
  return load<ModelGeometry>(name_or_path);
}
HardwareProfile load_hardware(const std::string& name_or_path) {
  return load<HardwareProfile>(name_or_path);
}
KvProfile load_kv_profile(const std::string& name_or_path) {
  return load<KvProfile>(name_or_path);
}

std::string to_yaml(const ModelGeometry& model) {
  return write_keys(model_keys(), model);
}
std::string to_yaml(const HardwareProfile& hardware) {
  return write_keys(hardware_keys(), hardware);
}
std::string to_yaml(const KvProfile& profile) {
  return write_keys(kv_profile_keys(), profile);
}

}  // namespace splitbench
