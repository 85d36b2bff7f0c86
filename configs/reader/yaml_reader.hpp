#pragma once
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <yaml-cpp/yaml.h>

#include "configs/reader/diagnostics.hpp"

namespace splitbench {

/// What a text says for one key.
struct Entry {
  YAML::Node node;
  Place key;
  Place value;

  /// A place within the value, of an element of a list for instance.
  Place place_of(const YAML::Node& part) const;
};

/// A map of keys and sections of keys, flattened: `bandwidth` below `link` is "link.bandwidth", and
/// may be written so, too.
struct Settings {
  Place whole;
  std::map<std::string, Entry, std::less<>> entries;
  std::map<std::string, Place, std::less<>> sections;
  /// Keys and sections that a misspelt one stands for, or whose value was refused: one mistake is
  /// not told twice.
  std::set<std::string, std::less<>> faulty;

  const Entry* find(std::string_view path) const;
  bool is_faulty(std::string_view path) const;
  /// Where the value stands; where there is none, its section, and else the text as a whole.
  Place place_of(std::string_view path) const;
};

/// The text of a file, which is a `what` to people. Throws ConfigError where it cannot be read.
Source read_source(const std::filesystem::path& file, std::string_view what);

/// Parses a text of which `known` are all the keys there are, and returns what is sound. Collects
/// the mistakes of form: syntax, unknown and repeated keys, sections that are none.
Settings read_settings(std::shared_ptr<const Source> source, std::span<const std::string> known,
                       Diagnostics& diagnostics);

/// The same of a map that has been parsed already, as the value of a key.
Settings read_settings(const Entry& map, std::span<const std::string> known,
                       Diagnostics& diagnostics);

/// Parses a value that stands in a line of other text. Only one that begins with a bracket or a
/// brace is YAML; every other is taken as it stands. Throws InputError.
YAML::Node read_inline(const std::string& value, const Place& place);

/// How the value of an assignment is taken: as read_inline does, or as text whatever it is.
enum class ValueForm { yaml, text };

/// Lays assignments, each a `path=value` of an option of this name, over what was read.
void override_settings(Settings& settings, std::span<const std::string> assignments,
                       std::span<const std::string> known, Diagnostics& diagnostics,
                       const std::string& option = "--set", ValueForm form = ValueForm::yaml);

}  // namespace splitbench
