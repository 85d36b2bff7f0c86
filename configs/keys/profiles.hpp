#pragma once
#include <span>
#include <string>
#include <string_view>

#include "configs/reader/yaml_reader.hpp"

namespace splitbench {

/// A file of configs/models, configs/hardware or configs/kv_profiles, as it was when the program
/// was built.
struct ShippedFile {
  std::string_view path;  ///< "models/llama-3.1-8b.yaml"
  std::string_view text;
};

/// In the order of their paths.
std::span<const ShippedFile> shipped_files();

/// Models, hardware and KV profiles as values of a key: a shipped one by name, a .yaml file, or a
/// map in place. Profile is ModelGeometry, HardwareProfile or KvProfile.
template <class Profile>
std::string takes_profile();

/// Throws InputError where there is no such profile; the mistakes within one are only collected.
template <class Profile>
Profile read_profile(const Entry& entry, Diagnostics& diagnostics);

/// Its name, if that finds it again as it is; else all of it as a map, so far indented.
template <class Profile>
std::string write_profile(const Profile& profile, std::string_view indent);

}  // namespace splitbench
