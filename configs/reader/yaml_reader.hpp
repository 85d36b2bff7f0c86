#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <yaml-cpp/yaml.h>

#include "configs/reader/diagnostics.hpp"

namespace splitbench {

/// The value that a text gives to one key, with the places of both.
struct Entry {
  YAML::Node node;
  Place key;
  Place value;

  /// Returns the place of a part of the value, such as an element of a list.
  Place place_of(const YAML::Node& part) const;
};

/// A map of keys and sections of keys, flattened: `bandwidth` below `link` is "link.bandwidth", and
/// may be written that way as well.
struct Settings {
  Place whole;
  std::map<std::string, Entry, std::less<>> entries;
  std::map<std::string, Place, std::less<>> sections;
  /// Keys and sections that a misspelt one stands for, or whose value was refused, so that one
  /// mistake is not reported twice.
  std::set<std::string, std::less<>> faulty;

  /// Returns the entry of a key; null if it is not set. It lies in `entries`.
  const Entry* find(std::string_view path) const;
  /// Returns whether the key or its outermost section ("workload" of "workload.sessions.turns") is
  /// faulty.
  bool is_faulty(std::string_view path) const;
  /// Returns the place of the key's value; without one, that of its outermost section, else the
  /// text as a whole.
  Place place_of(std::string_view path) const;
};

/// Reads a file, which messages call a `what`. Throws ConfigError if it cannot be read, or if it
/// has more than 1 MiB or 20,000 lines.
Source read_source(const std::filesystem::path& file, std::string_view what);

/// Parses a text in which `known` are all possible keys, and returns the valid entries. Adds
/// mistakes of form to `diagnostics`: syntax, unknown and repeated keys, sections that are not
/// maps. If the text is not one map, all of `known` are faulty.
Settings read_settings(const std::shared_ptr<const Source>& source,
                       std::span<const std::string> known, Diagnostics& diagnostics);

/// Reads a map that has been parsed already, such as the value of a key, in the same way.
Settings read_settings(const Entry& map, std::span<const std::string> known,
                       Diagnostics& diagnostics);

/// Parses a value that is part of a line of other text and begins at `place`. A value that begins
/// with a bracket or a brace is YAML; any other is taken as text. Throws InputError if it is not
/// YAML.
YAML::Node read_inline(const std::string& value, const Place& place);

/// The reading of an assignment's value: as read_inline does, or always as text.
enum class ValueForm { yaml, text };

/// Applies assignments, each a `path=value` given to `option`, to the settings; the last one of a
/// path wins. The path may be a section if the value, read as YAML, is a map of some of its keys.
/// Adds mistakes to `diagnostics`. A key that is misspelt, or whose value is not YAML, is faulty
/// afterwards.
void override_settings(Settings& settings, std::span<const std::string> assignments,
                       std::span<const std::string> known, Diagnostics& diagnostics,
                       const std::string& option = "--set", ValueForm form = ValueForm::yaml);

}  // namespace splitbench
