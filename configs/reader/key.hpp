#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "configs/reader/value_kind.hpp"
#include "configs/reader/yaml_reader.hpp"

namespace splitbench {

/// A key and the field of the same name.
#define FIELD(name)                 \
#name, [](auto& owner) -> auto& { \
    return owner.name;              \
  }

/// A key and the field that it fills, where they are not of the same name.
#define FIELD_AT(path, field)      \
  path, [](auto& owner) -> auto& { \
    return owner.field;            \
  }

enum class Need { optional, required };

/// One key of a file and the field of `Owner` that it fills. From a list of these come the file's
/// reader, its writer, its schema and the guesses at misspelt keys.
template <class Owner>
struct Key {
  std::string path;  ///< "link.bandwidth"
  std::string takes;
  std::string meaning;
  Need need = Need::optional;
  std::function<void(Owner&, const Entry&, Diagnostics&)> read;
  /// YAML; a map begins with a line end, and nothing at all leaves the key out
  std::function<std::string(const Owner&)> write;
  std::string unit;  ///< of a quantity, its base unit: see quantity.hpp
};

/// The text of a scalar, or a refusal.
inline std::string_view scalar(const Entry& entry, const std::string& takes) {
  const YAML::Node& node = entry.node;
  if (node.IsScalar()) return node.Scalar();
  const char* found = node.IsNull() ? "nothing" : node.IsMap() ? "a map" : "a list";
  throw InputError(fmt::format("expected {}, found {}", takes, found));
}

/// `field` is a generic lambda from an Owner to the field's reference.
template <class Owner, class Field, class Value>
Key<Owner> make_key(std::string path, Field field, Kind<Value> kind, std::string meaning,
                    Need need = Need::optional) {
  const auto read = [=](Owner& owner, const Entry& entry, Diagnostics&) {
    field(owner) = kind.parse(scalar(entry, kind.takes));
  };
  return {std::move(path),
          kind.takes,
          std::move(meaning),
          need,
          read,
          [=](const Owner& owner) { return kind.format(field(owner)); },
          kind.unit};
}

template <class Owner>
std::vector<std::string> paths_of(const std::vector<Key<Owner>>& keys) {
  std::vector<std::string> paths;
  for (const Key<Owner>& key : keys) paths.push_back(key.path);
  return paths;
}

/// Fills the owner with what the settings say; the settings learn which of them were refused.
template <class Owner>
void read_keys(const std::vector<Key<Owner>>& keys, Settings& settings, Owner& owner,
               Diagnostics& diagnostics) {
  for (const Key<Owner>& key : keys) {
    const Entry* entry = settings.find(key.path);
    const std::size_t before = diagnostics.count();
    try {
      if (entry) key.read(owner, *entry, diagnostics);
    } catch (const InputError& error) {
      diagnostics.add(entry->value, error.what());
    }
    if (!entry && key.need == Need::required && !settings.is_faulty(key.path)) {
      diagnostics.add(settings.place_of(key.path),
                      fmt::format("'{}' is missing; expected {}", key.path, key.takes));
    }
    if (diagnostics.count() > before) settings.faulty.insert(key.path);
  }
}

/// Fills the owner from a map of these keys; the mistakes in it are only collected.
template <class Owner>
void read_map(const std::vector<Key<Owner>>& keys, const Entry& map, Owner& owner,
              Diagnostics& diagnostics) {
  if (!map.node.IsMap()) {
    diagnostics.add(map.value, fmt::format("expected a map of {}", one_of(paths_of(keys))));
    return;
  }
  Settings settings = read_settings(map, paths_of(keys), diagnostics);
  read_keys(keys, settings, owner, diagnostics);
}

/// An element of a list as a map of these keys; the mistakes in it are only collected.
template <class Owner>
Owner read_element(const std::vector<Key<Owner>>& keys, const Entry& list, const YAML::Node& node,
                   Diagnostics& diagnostics) {
  Owner owner;
  const Place place = list.place_of(node);
  read_map(keys, {node, place, place}, owner, diagnostics);
  return owner;
}

/// The elements of a list; those that are refused are left out, and collected.
template <class Value>
std::vector<Value> read_elements(const Kind<Value>& kind, const Entry& list,
                                 Diagnostics& diagnostics) {
  std::vector<Value> values;
  for (const YAML::Node& node : list.node) {
    const Place place = list.place_of(node);
    try {
      values.push_back(kind.parse(scalar({node, place, place}, kind.takes)));
    } catch (const InputError& error) {
      diagnostics.add(place, error.what());
    }
  }
  if (list.node.size() == 0) throw InputError(fmt::format("no element; expected {}", kind.takes));
  return values;
}

/// A value of several lines, all of them as far to the right as its key.
inline std::string indented(std::string_view value, std::string_view indent) {
  std::string text;
  for (const char letter : value) {
    text += letter;
    if (letter == '\n') text += indent;
  }
  return text;
}

/// One line a key, the keys of a section below its name.
template <class Owner>
std::string write_keys(const std::vector<Key<Owner>>& keys, const Owner& owner,
                       std::string_view indent = "") {
  std::string text, section;
  for (const Key<Owner>& key : keys) {
    const std::string value = key.write(owner);
    if (value.empty()) continue;
    const std::size_t dot = key.path.find('.');
    const std::string prefix = dot == key.path.npos ? "" : key.path.substr(0, dot);
    if (prefix != section && !prefix.empty()) text += fmt::format("{}{}:\n", indent, prefix);
    section = prefix;
    text += fmt::format("{}{}{}:{}{}", indent, prefix.empty() ? "" : "  ",
                        prefix.empty() ? key.path : key.path.substr(dot + 1),
                        value.starts_with('\n') ? "" : " ", indented(value, indent));
    if (!text.ends_with('\n')) text += '\n';
  }
  return text;
}

}  // namespace splitbench
