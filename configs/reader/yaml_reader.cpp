#include "configs/reader/yaml_reader.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <sstream>
#include <system_error>
#include <vector>
#include <yaml-cpp/eventhandler.h>

#include "configs/reader/diagnostics.hpp"
#include "configs/reader/words.hpp"
#include "workloads/files.hpp"

namespace splitbench {
namespace {

Place place_at(std::shared_ptr<const Source> source, const YAML::Mark& mark) {
  if (mark.is_null()) return {std::move(source), std::nullopt};
  return {std::move(source),
          Place::Mark{static_cast<std::size_t>(mark.line), static_cast<std::size_t>(mark.column)}};
}

/// Returns the place of a syntax error. To the parser the end of a text is a line of its own;
/// people look behind the last character.
Place place_of_error(std::shared_ptr<const Source> source, const YAML::Mark& mark) {
  const std::string& text = source->text;
  const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n'));
  const bool beyond = static_cast<std::size_t>(mark.line) >= lines && text.ends_with('\n');
  if (!beyond) return place_at(std::move(source), mark);
  const std::size_t end = text.size() - 1;
  const std::size_t before = end == 0 ? text.npos : text.rfind('\n', end - 1);
  const std::size_t column = before == text.npos ? end : end - before - 1;
  return {std::move(source), Place::Mark{lines - 1, column}};
}

/// Returns where the first tab stands that a line begins with, before its text.
std::optional<Place::Mark> tab_in_indentation(std::string_view text) {
  for (std::size_t line = 0; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::size_t begin = std::min(text.find_first_not_of(" \t\r"), end);
    const std::size_t tab = text.substr(0, begin).find('\t');
    if (tab != text.npos && begin < end) return Place::Mark{line, tab};
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::nullopt;
}

/// An event handler that records where documents begin and nothing else.
class DocumentStart : public YAML::EventHandler {
 public:
  YAML::Mark mark;

  void OnDocumentStart(const YAML::Mark& start) override { mark = start; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

/// Returns where a second document begins, if there is one. The parser's own loader of all
/// documents never ends on a text that starts with a comma.
std::optional<YAML::Mark> second_document(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentStart start;
  parser.HandleNextDocument(start);
  if (!parser || !parser.HandleNextDocument(start)) return std::nullopt;
  return start.mark;
}

std::string after_dot(const std::string& path) {
  return path.substr(path.rfind('.') + 1);
}

std::string section_of(const std::string& path) {
  const std::size_t dot = path.rfind('.');
  return dot == path.npos ? "" : path.substr(0, dot);
}

/// Returns the names that may occur in a section; for "" those at the top, sections included.
std::vector<std::string> names_in(std::string_view section, std::span<const std::string> known) {
  const std::string prefix = section.empty() ? "" : std::string(section) + '.';
  std::vector<std::string> names;
  for (const std::string& path : known) {
    if (!path.starts_with(prefix)) continue;
    const std::size_t begin = prefix.size();
    const std::string name = path.substr(begin, path.find('.', begin) - begin);
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

bool is_section(std::string_view path, std::span<const std::string> known) {
  return std::ranges::any_of(known, [&](const std::string& key) {
    return key.size() > path.size() && key.starts_with(path) && key[path.size()] == '.';
  });
}

/// Returns the key that an unknown one was meant to be: a near one, or one of the same name in
/// another section.
std::string meant(const std::string& path, std::span<const std::string> known) {
  const std::string section = section_of(path);
  const std::string near = nearest(after_dot(path), names_in(section, known));
  if (!near.empty()) return section.empty() ? near : section + '.' + near;
  const auto same = std::ranges::find(known, after_dot(path), after_dot);
  if (same != known.end()) return *same;
  return is_section(section, known) ? "" : nearest(path, known);
}

std::string unknown(const std::string& path, std::span<const std::string> known) {
  std::string section = section_of(path);
  if (!is_section(section, known)) section.clear();
  const std::string key = meant(path, known);
  const bool sibling = section_of(key) == section;
  const std::string hint = key.empty()
                               ? fmt::format("expected {}", one_of(names_in(section, known)))
                               : fmt::format("did you mean '{}'?", sibling ? after_dot(key) : key);
  if (section.empty()) return fmt::format("no key '{}'; {}", path, hint);
  return fmt::format("no key '{}' in '{}'; {}", after_dot(path), section, hint);
}

class MapReader {
 public:
  MapReader(std::shared_ptr<const Source> source, std::span<const std::string> known,
            Settings& settings, Diagnostics& diagnostics)
      : source_(std::move(source)), known_(known), settings_(settings), diagnostics_(diagnostics) {}

  void read(const YAML::Node& map, const std::string& section) {
    for (const std::pair<YAML::Node, YAML::Node>& pair : map) {
      if (diagnostics_.full()) return;
      const auto& [key, value] = pair;
      const Place place = place_at(source_, key.Mark());
      if (key.IsScalar()) {
        read_key(section.empty() ? key.Scalar() : section + '.' + key.Scalar(), place, value);
      } else {
        diagnostics_.add(place, "expected a word as the key");
      }
    }
  }

 private:
  void read_key(const std::string& path, const Place& place, const YAML::Node& value) {
    if (std::ranges::find(known_, path) != known_.end()) {
      // The parser marks an empty value at the next token; people look for it at the key.
      const Place at = value.IsNull() ? place : place_at(source_, value.Mark());
      const auto [entry, first] = settings_.entries.try_emplace(path, Entry{value, place, at});
      if (!first) second(path, place, entry->second.key);
    } else if (is_section(path, known_)) {
      const auto [section, first] = settings_.sections.try_emplace(path, place);
      first ? read_section(path, value) : second(path, place, section->second);
    } else {
      diagnostics_.add(place, unknown(path, known_));
      settings_.faulty.insert(meant(path, known_));
    }
  }

  void read_section(const std::string& path, const YAML::Node& value) {
    if (value.IsMap()) return read(value, path);
    if (value.IsNull()) return;
    diagnostics_.add(place_at(source_, value.Mark()),
                     fmt::format("'{}' is a section; expected its keys below it: {}", path,
                                 one_of(names_in(path, known_))));
    settings_.faulty.insert(path);
  }

  void second(const std::string& path, const Place& place, const Place& first) {
    diagnostics_.add(place, fmt::format("second '{}'; the first stands in line {}", after_dot(path),
                                        first.mark->line + 1));
  }

  std::shared_ptr<const Source> source_;
  std::span<const std::string> known_;
  Settings& settings_;
  Diagnostics& diagnostics_;
};

/// Applies an override of some keys of a section, given as a map.
void set_section(Settings& settings, const std::string& path, const YAML::Node& map,
                 const Place& place, std::span<const std::string> known, Diagnostics& diagnostics) {
  Settings part;
  MapReader(place.source, known, part, diagnostics).read(map, path);
  for (const auto& [key, entry] : part.entries) settings.entries.insert_or_assign(key, entry);
  settings.sections.merge(part.sections);
  settings.faulty.merge(part.faulty);
}

/// Applies one override, whose first character is at `start`.
void set(Settings& settings, const std::string& assignment, const Place& start,
         std::span<const std::string> known, ValueForm form, Diagnostics& diagnostics) {
  const std::size_t equals = assignment.find('=');
  if (equals == assignment.npos) {
    throw InputError("expected path=value, such as link.bandwidth='10 Gbit/s'");
  }
  const std::string path(trimmed(std::string_view(assignment).substr(0, equals)));
  const std::string value(trimmed(std::string_view(assignment).substr(equals + 1)));
  const std::size_t column = value.empty() ? equals : assignment.find(value, equals + 1);
  const Place place{start.source, Place::Mark{start.mark->line, column}};
  if (is_section(path, known)) {
    if (form == ValueForm::yaml && value.starts_with('{'))
      return set_section(settings, path, read_inline(value, place), place, known, diagnostics);
    throw InputError(fmt::format("'{}' is a section; set one of its keys, such as {}.{}", path,
                                 path, names_in(path, known).front()));
  }
  if (std::ranges::find(known, path) == known.end()) {
    settings.faulty.insert(meant(path, known));
    throw InputError(unknown(path, known));
  }

  settings.faulty.insert(path);  // until it has been read
  const YAML::Node node = form == ValueForm::yaml ? read_inline(value, place) : YAML::Node(value);
  settings.faulty.erase(path);
  settings.entries.insert_or_assign(path, Entry{node, start, place});
}

}  // namespace

Place Entry::place_of(const YAML::Node& part) const {
  return place_at(value.source, part.Mark());
}

const Entry* Settings::find(std::string_view path) const {
  const auto found = entries.find(path);
  return found == entries.end() ? nullptr : &found->second;
}

bool Settings::is_faulty(std::string_view path) const {
  return faulty.contains(path) || faulty.contains(path.substr(0, path.find('.')));
}

Place Settings::place_of(std::string_view path) const {
  if (const Entry* entry = find(path)) return entry->value;
  const auto section = sections.find(path.substr(0, path.find('.')));
  return section == sections.end() ? whole : section->second;
}

Source read_source(const std::filesystem::path& file, std::string_view what) {
  constexpr std::uint64_t kMostBytes = 1 << 20;
  constexpr std::ptrdiff_t kMostLines = 20'000;  // places within it are counted from its start
  std::string text;
  try {
    text = read_text(file, fmt::format("a {} in YAML", what), kMostBytes);
  } catch (const InputError& error) {
    throw ConfigError(error.what());
  }
  if (const auto lines = std::ranges::count(text, '\n'); lines > kMostLines)
    throw ConfigError(fmt::format("{}: {} lines, expected a {} of at most {}", file.string(), lines,
                                  what, kMostLines));
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);  // the parser does not count it either
  return {file.string(), std::filesystem::absolute(file).parent_path(), std::move(text)};
}

Settings read_settings(const std::shared_ptr<const Source>& source,
                       std::span<const std::string> known, Diagnostics& diagnostics) {
  Settings settings;
  settings.whole = {source, std::nullopt};
  const auto refuse = [&](const Place& place, const std::string& why) {
    diagnostics.add(place, why);
    settings.faulty.insert(known.begin(), known.end());
  };
  try {
    const YAML::Node root = YAML::Load(source->text);
    if (const auto second = second_document(source->text)) {
      refuse(place_at(source, *second), "a second document begins here; expected one");
    } else if (!root.IsMap()) {
      refuse(settings.whole, fmt::format("{}; expected lines of 'key: value'",
                                         root.IsNull() ? "empty" : "no map of keys"));
    } else {
      MapReader(source, known, settings, diagnostics).read(root, "");
    }
  } catch (const YAML::Exception& error) {
    if (const auto tab = tab_in_indentation(source->text)) {
      refuse({source, *tab}, "not YAML: the line begins with a tab; indent with spaces");
    } else {
      refuse(place_of_error(source, error.mark), fmt::format("not YAML: {}", error.msg));
    }
  }
  return settings;
}

Settings read_settings(const Entry& map, std::span<const std::string> known,
                       Diagnostics& diagnostics) {
  Settings settings;
  settings.whole = map.key;
  MapReader(map.value.source, known, settings, diagnostics).read(map.node, "");
  return settings;
}

YAML::Node read_inline(const std::string& value, const Place& place) {
  if (!value.starts_with('[') && !value.starts_with('{')) return YAML::Node(value);
  const auto [line, column] = place.mark.value_or(Place::Mark{});
  try {  // indented to where it stands, so that the marks within it are right
    return YAML::Load(std::string(line, '\n') + std::string(column, ' ') + value);
  } catch (const YAML::Exception& error) {
    throw InputError(fmt::format("not YAML: {}", error.msg));
  }
}

void override_settings(Settings& settings, std::span<const std::string> assignments,
                       std::span<const std::string> known, Diagnostics& diagnostics,
                       const std::string& option, ValueForm form) {
  std::string text;  // one line per assignment
  for (std::string line : assignments) {
    std::ranges::replace(line, '\n', ' ');
    text += line + '\n';
  }
  const auto source =
      std::make_shared<const Source>(Source{option, std::filesystem::current_path(), text, false});
  for (std::size_t i = 0; i < assignments.size(); ++i) {
    const Place start{source, Place::Mark{i, 0}};
    try {
      set(settings, assignments[i], start, known, form, diagnostics);
    } catch (const InputError& error) {
      diagnostics.add(start, error.what());
    }
  }
}

}  // namespace splitbench
