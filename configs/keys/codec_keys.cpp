#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <set>

#include "codec/plugin/codec_name.hpp"
#include "configs/keys/keys.hpp"
#include "configs/reader/rules.hpp"
#include "configs/reader/words.hpp"

namespace splitbench {
namespace {

constexpr std::string_view kSection = "codecs.";
constexpr const char* kTakes =
    "a map of codecs by name, each a map of library, or of ratio, encode, decode and call, or both";

/// Returns the scenario's codec of this name, which lies in its list; adds it if it is not there.
AddedCodec& codec_of(Scenario& scenario, const std::string& name) {
  const auto found = std::ranges::find(scenario.codecs, name, &AddedCodec::name);
  if (found != scenario.codecs.end()) return *found;
  return scenario.codecs.emplace_back(AddedCodec{.name = name, .figures = {}, .library = {}});
}

/// Makes a key of a codec, which is left out where it has no value.
template <class Value>
Key<Scenario> key_of(const std::string& codec, const char* name, Value& (*field)(AddedCodec&),
                     const Kind<Value>& kind, const char* meaning) {
  const auto optional = kind::or_left_out(kind, Value());
  return {fmt::format("{}{}.{}", kSection, codec, name),
          kind.takes,
          meaning,
          Need::optional,
          [=](Scenario& scenario, const Entry& entry, Diagnostics&) {
            field(codec_of(scenario, codec)) = kind.parse(scalar(entry, kind.takes));
          },
          [=](const Scenario& scenario) {
            const auto found = std::ranges::find(scenario.codecs, codec, &AddedCodec::name);
            if (found == scenario.codecs.end()) return std::string();
            AddedCodec copy = *found;
            return optional.format(field(copy));
          },
          kind.unit,
          true};
}

/// Makes the key of a codec's library. A relative path is resolved against the folder of the text
/// that names it.
Key<Scenario> library_key(const std::string& codec) {
  Key<Scenario> key = key_of<std::filesystem::path>(
      codec, "library", [](AddedCodec & c) -> auto& { return c.library; }, kind::path(),
      "the shared library that real runs load");
  key.read = [codec, read = key.read](Scenario& scenario, const Entry& entry,
                                      Diagnostics& diagnostics) {
    read(scenario, entry, diagnostics);
    std::filesystem::path& path = codec_of(scenario, codec).library;
    if (path.empty()) throw InputError("no file; expected the path of a shared library");
    path = (entry.value.source->folder / path).lexically_normal();
  };
  return key;
}

std::vector<Key<Scenario>> keys_of(const std::string& codec) {
  const auto figure = [&](const char* name, double& (*field)(AddedCodec&), const Kind<double>& kind,
                          const char* meaning) {
    return key_of<double>(codec, name, field, kind, meaning);
  };
  return {
      figure(
          "ratio", [](AddedCodec & c) -> auto& { return c.figures.ratio; },
          kind::within(kind::factor(), "0.5", "1000"), "of raw KV over what travels"),
      figure(
          "encode", [](AddedCodec & c) -> auto& { return c.figures.encode; }, device_speed(),
          "of raw KV"),
      figure(
          "decode", [](AddedCodec & c) -> auto& { return c.figures.decode; }, device_speed(),
          "of raw KV"),
      figure(
          "call", [](AddedCodec & c) -> auto& { return c.figures.call; }, call_cost(),
          "fixed cost of an encode or decode"),
      library_key(codec),
  };
}

/// Returns the name of the codec whose key a path is: "mine" of codecs.mine.ratio, and of
/// codecs.mine. A name with dots in it is returned whole, to be refused.
std::string name_in(std::string_view path) {
  if (!path.starts_with(kSection)) return "";
  path.remove_prefix(kSection.size());
  return std::string(path.substr(0, path.rfind('.')));
}

/// Adds the names of the codecs of a map, whose keys may be "mine" or "mine.ratio".
void add_names_of(const YAML::Node& codecs, std::set<std::string>& names) {
  if (!codecs.IsMap()) return;
  for (const std::pair<YAML::Node, YAML::Node>& pair : codecs) {
    const auto& [key, value] = pair;
    if (!key.IsScalar()) continue;
    names.insert(value.IsMap() ? key.Scalar() : key.Scalar().substr(0, key.Scalar().rfind('.')));
  }
}

void add_names(const YAML::Node& root, std::set<std::string>& names) {
  if (!root.IsMap()) return;
  for (const std::pair<YAML::Node, YAML::Node>& pair : root) {
    const auto& [key, value] = pair;
    if (!key.IsScalar()) continue;
    if (key.Scalar() + '.' == kSection) add_names_of(value, names);
    if (const std::string name = name_in(key.Scalar()); !name.empty()) names.insert(name);
  }
}

/// Adds the names of the codecs that an assignment, `path=value`, is about.
void add_names(const std::string& assignment, std::set<std::string>& names) {
  const std::size_t equals = std::min(assignment.find('='), assignment.size());
  const std::string path(trimmed(std::string_view(assignment).substr(0, equals)));
  if (path + '.' == kSection && equals < assignment.size())
    add_names_of(YAML::Load(assignment.substr(equals + 1)), names);
  if (const std::string name = name_in(path); !name.empty()) names.insert(name);
}

/// Returns the place of a codec's name, or of its first key where that is all there is.
Place place_of_codec(const std::string& name, const Settings& settings) {
  const std::string path = fmt::format("{}{}", kSection, name);
  if (const auto section = settings.sections.find(path); section != settings.sections.end())
    return section->second;
  for (const auto& [key, entry] : settings.entries)
    if (key.starts_with(path + '.')) return entry.key;
  return settings.place_of("codecs");
}

std::string fault_of_name(const std::string& name) {
  if (!is_codec_name(name))
    return fmt::format("'{}' is no name of a codec; expected {}", name, kCodecNameForm);
  if (find_arm(name)) return fmt::format("'{}' is an arm already; expected another name", name);
  return "";
}

/// Returns what a codec lacks, or an empty text.
std::string lack_of(const AddedCodec& codec, const Settings& settings) {
  std::vector<std::string> present, missing;
  for (const char* figure : {"ratio", "encode", "decode", "call"}) {
    const std::string path = fmt::format("{}{}.{}", kSection, codec.name, figure);
    if (settings.is_faulty(path)) return "";
    const bool given = settings.find(path) != nullptr;
    if (given) present.emplace_back(figure);
    if (!given && path.ends_with("call")) continue;  // 0 where it is left out
    if (!given) missing.emplace_back(figure);
  }
  if (present.empty() && codec.library.empty() &&
      !settings.is_faulty(fmt::format("{}{}.library", kSection, codec.name)))
    return fmt::format("codec '{}' has neither figures nor a library; expected {}", codec.name,
                       "ratio, encode and decode, or library");
  if (present.empty() || missing.empty()) return "";
  return fmt::format("codec '{}' has '{}' without '{}'; expected ratio, encode and decode together",
                     codec.name, present.front(), missing.front());
}

}  // namespace

std::vector<std::string> codec_names(const Source& source,
                                     std::initializer_list<std::span<const std::string>> options) {
  std::set<std::string> names;
  const auto add = [&](const auto& from) {
    try {
      from();
    } catch (const YAML::Exception&) {
      // Whoever reads the text as settings reports this.
    }
  };
  add([&] { add_names(YAML::Load(source.text), names); });
  for (const std::span<const std::string> assignments : options)
    for (const std::string& assignment : assignments) add([&] { add_names(assignment, names); });
  return {names.begin(), names.end()};
}

std::vector<std::string> codec_names(const Scenario& scenario) {
  std::vector<std::string> names;
  for (const AddedCodec& codec : scenario.codecs) names.push_back(codec.name);
  return names;
}

std::vector<std::string> codec_names(std::string_view path) {
  const std::string name = name_in(path);
  return name.empty() ? std::vector<std::string>() : std::vector{name};
}

void name_codecs(Scenario& scenario, std::span<const std::string> names) {
  for (const std::string& name : names) codec_of(scenario, name);
}

Key<Scenario> codecs_key() {
  return {"codecs",
          kTakes,
          "codecs of your own that arms may be: by figures in virtual time, by a shared library in "
          "real runs",
          Need::optional,
          [](Scenario&, const Entry& entry, Diagnostics&) {
            const bool none = entry.node.IsNull() ||
                              (entry.node.IsScalar() && entry.node.Scalar() == "none") ||
                              (entry.node.IsMap() && entry.node.size() == 0);
            if (!none) throw InputError(fmt::format("no codecs; expected {}, or none", kTakes));
          },
          [](const Scenario&) { return ""; }};
}

std::vector<Key<Scenario>> codec_keys(std::span<const std::string> codecs) {
  std::vector<Key<Scenario>> keys;
  for (const std::string& codec : codecs)
    std::ranges::move(keys_of(codec), std::back_inserter(keys));
  return keys;
}

std::vector<Key<Scenario>> scenario_keys(std::span<const std::string> codecs) {
  std::vector<Key<Scenario>> keys = scenario_keys();
  if (codecs.empty()) return keys;
  auto place = std::ranges::find(keys, "codecs", &Key<Scenario>::path);
  place = keys.erase(place);
  const std::vector<Key<Scenario>> own = codec_keys(codecs);
  keys.insert(place, own.begin(), own.end());
  return keys;
}

void check_codecs(const Scenario& scenario, const Settings& settings, Diagnostics& diagnostics) {
  if (scenario.codecs.size() > kMostAddedCodecs)
    diagnostics.add(
        settings.place_of("codecs"),
        fmt::format("{} codecs; expected at most {}", scenario.codecs.size(), kMostAddedCodecs));
  for (const AddedCodec& codec : scenario.codecs) {
    std::string why = fault_of_name(codec.name);
    if (why.empty()) why = lack_of(codec, settings);
    if (!why.empty()) diagnostics.add(place_of_codec(codec.name, settings), why);
  }
}

}  // namespace splitbench
