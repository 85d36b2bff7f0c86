#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "configs/reader/value_kind.hpp"
#include "configs/reader/yaml_reader.hpp"

namespace splitbench {

/// Expands to a key's name and a lambda that returns the field of the same name.
#define FIELD(name)                 \
#name, [](auto& owner) -> auto& { \
    return owner.name;              \
  }

/// Expands to a key's path and a lambda that returns a field of another name.
#define FIELD_AT(path, field)      \
  path, [](auto& owner) -> auto& { \
    return owner.field;            \
  }

enum class Need { optional, required };

/// A key of a file and the field of `Owner` that it fills. A list of keys defines the file's
/// reader, its writer, its schema and the suggestions for misspelt keys.
template <class Owner>
struct Key {
  std::string path;  ///< "link.bandwidth"
  std::string takes;
  std::string meaning;
  Need need = Need::optional;
  std::function<void(Owner&, const Entry&, Diagnostics&)> read;
  /// Returns YAML: a map begins with a line end, and an empty text leaves the key out.
  std::function<std::string(const Owner&)> write;
  std::string unit;     ///< base unit of a quantity (quantity.hpp); empty for other values
  bool scalar = false;  ///< takes neither a list nor a map
  std::vector<std::string> words{};  ///< all that it takes, where that is a few words
};

/// Returns the text of a scalar, which lies in the entry's node. Throws InputError if it is not a
/// scalar.
inline std::string_view scalar(const Entry& entry, const std::string& takes) {
  const YAML::Node& node = entry.node;
  if (node.IsScalar()) return node.Scalar();
  const char* found = node.IsNull() ? "nothing" : node.IsMap() ? "a map" : "a list";
  throw InputError(fmt::format("expected {}, found {}", takes, found));
}

/// Makes a key whose value is a scalar. `field` is a generic lambda from an Owner to a reference to
/// the field.
template <class Owner, class Field, class Value>
Key<Owner> make_key(std::string path, Field field, Kind<Value> kind, std::string meaning,
                    Need need = Need::optional) {
  const auto shared = std::make_shared<const Kind<Value>>(std::move(kind));  // keys are copied
  return {std::move(path),
          shared->takes,
          std::move(meaning),
          need,
          [=](Owner& owner, const Entry& entry, Diagnostics&) {
            field(owner) = shared->parse(scalar(entry, shared->takes));
          },
          [=](const Owner& owner) { return shared->format(field(owner)); },
          shared->unit,
          true,
          shared->words};
}

template <class Owner>
std::vector<std::string> paths_of(const std::vector<Key<Owner>>& keys) {
  std::vector<std::string> paths;
  for (const Key<Owner>& key : keys) paths.push_back(key.path);
  return paths;
}

/// Fills the owner from the settings. Mistakes are added to `diagnostics`, not thrown, and the keys
/// that have one to `settings.faulty`.
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

/// Fills the owner from a map of these keys. Mistakes in it are only added to `diagnostics`.
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

/// Returns an element of a list that is a map of these keys. Mistakes in it are only added to
/// `diagnostics`.
template <class Owner>
Owner read_element(const std::vector<Key<Owner>>& keys, const Entry& list, const YAML::Node& node,
                   Diagnostics& diagnostics) {
  Owner owner;
  const Place place = list.place_of(node);
  read_map(keys, {node, place, place}, owner, diagnostics);
  return owner;
}

/// Returns the elements of a list; those that are refused are left out and added to `diagnostics`.
/// Throws InputError if the list is empty.
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

/// Returns a value with every line after its first indented, so that it lines up with its key.
inline std::string indented(std::string_view value, std::string_view indent) {
  std::string text;
  for (const char letter : value) {
    text += letter;
    if (letter == '\n') text += indent;
  }
  return text;
}

/// Returns one line per key, each section's keys below its name, all indented by `indent`.
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
