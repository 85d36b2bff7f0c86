#pragma once
#include <span>
#include <string>
#include <string_view>

#include "configs/reader/yaml_reader.hpp"
#include "workers/kv/kv_profile.hpp"

namespace splitbench {

/// A file of configs/models, configs/hardware or configs/kv_profiles, as it was when the program
/// was built. Both views live as long as the program.
struct ShippedFile {
  std::string_view path;  ///< "models/llama-3.1-8b.yaml"
  std::string_view text;
};

/// Returns all shipped files in the order of their paths.
std::span<const ShippedFile> shipped_files();

/// Returns, for messages, the values that a key of a model, hardware or KV profile takes: the name
/// of a shipped one, a .yaml file (of a model also a config.json), or a map in place. Profile is
/// ModelGeometry, HardwareProfile or KvProfile.
template <class Profile>
std::string takes_profile();

/// Reads a profile. Throws InputError if there is no such profile; mistakes within one are only
/// added to `diagnostics`.
template <class Profile>
Profile read_profile(const Entry& entry, Diagnostics& diagnostics);

/// Returns the KV profile that is shipped for a model of this name, or `llm` if none is.
KvProfile kv_profile_of(std::string_view model);

/// Returns the profile's name if it is that of an equal shipped profile; else a line end and all of
/// the profile as a map, indented by `indent`.
template <class Profile>
std::string write_profile(const Profile& profile, std::string_view indent);

}  // namespace splitbench
