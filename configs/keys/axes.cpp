#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "configs/keys/keys.hpp"
#include "configs/reader/axis_values.hpp"
#include "configs/scenario_file.hpp"

namespace splitbench {
namespace {

/// A value as it was given, and its place.
struct GivenValue {
  YAML::Node node;
  Place place;
};

/// Returns a value in one line, such that read_inline gives it back.
std::string inline_text(const YAML::Node& node) {
  if (node.IsScalar()) return node.Scalar();
  YAML::Emitter out;
  out.SetMapFormat(YAML::Flow);
  out.SetSeqFormat(YAML::Flow);
  out << node;
  return out.c_str();
}

/// Returns a value as the key itself writes it; counts that are multiples of 1024 are written in k.
std::string canonical(const Key<Scenario>& key, const Scenario& scenario, const YAML::Node& given) {
  if (key.path.ends_with("preset")) return given.Scalar();  // writes what it sets, not itself
  const std::string written = key.write(scenario);
  const bool is_count =
      key.unit == "count" && written.find_first_not_of("0123456789") == written.npos;
  return is_count ? format_in_k(parse_count(written)) : inline_text(YAML::Load(written));
}

/// Reads the values of one axis.
class AxisReader {
 public:
  AxisReader(const Key<Scenario>& key, const Entry& entry, std::span<const std::string> codecs,
             Diagnostics& diagnostics)
      : key_(key), entry_(entry), codecs_(codecs), diagnostics_(diagnostics) {}

  AxisSpec read() {
    for (const GivenValue& value : given()) {
      if (axis_.values.size() > kMaxPoints || diagnostics_.full())
        break;  // refused already, so far
      try {
        add(value);
      } catch (const InputError& error) {
        diagnostics_.add(value.place, error.what());
      }
    }
    return axis_;
  }

 private:
  std::vector<GivenValue> given() {
    if (entry_.node.IsScalar()) return of_items(split_axis_items(entry_.node.Scalar()));
    if (entry_.node.IsMap()) return {{entry_.node, entry_.value}};
    std::vector<AxisItem> items;
    for (const YAML::Node& node : entry_.node)
      items.push_back({node.IsNull() ? "" : inline_text(node)});
    if (items.empty())
      diagnostics_.add(entry_.value, fmt::format("no value; expected {}", key_.takes));
    return of_items(std::move(items));
  }

  std::vector<GivenValue> of_items(std::vector<AxisItem> items) {
    const BaseUnit* unit = find_base_unit(key_.unit);
    const std::vector<AxisItem> as_given = items;
    if (unit) share_units(items, *unit);
    std::vector<GivenValue> values;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const Place place = place_of(i, as_given[i]);
      try {
        for (const std::string& text : texts_of(items[i].text, unit))
          values.push_back({read_inline(text, place), place});
      } catch (const InputError& error) {
        diagnostics_.add(place, error.what());
      }
    }
    return values;
  }

  std::vector<std::string> texts_of(const std::string& item, const BaseUnit* unit) const {
    if (item.empty()) throw InputError(fmt::format("no value; expected {}", key_.takes));
    return unit && is_range(item) ? values_of_range(item, *unit) : std::vector{item};
  }

  /// Returns the place of an item in a text; that of the whole text if quotes or line ends lie
  /// between.
  Place place_of(std::size_t index, const AxisItem& item) const {
    if (entry_.node.IsSequence()) return entry_.place_of(entry_.node[index]);
    Place place = entry_.value;
    if (!place.mark) return place;
    const std::string& text = place.source->text;
    std::size_t at = 0;
    for (std::size_t line = 0; line < place.mark->line; ++line) at = text.find('\n', at) + 1;
    at += place.mark->column + item.offset;
    if (at <= text.size() && text.compare(at, item.text.size(), item.text) == 0)
      place.mark->column += item.offset;
    return place;
  }

  void add(const GivenValue& given) {
    Scenario scenario;
    name_codecs(scenario, codecs_);
    const std::size_t before = diagnostics_.count();
    key_.read(scenario, {given.node, given.place, given.place}, diagnostics_);
    if (diagnostics_.count() > before) return;
    const std::string text = canonical(key_, scenario, given.node);
    if (std::ranges::find(axis_.values, text) != axis_.values.end())
      throw InputError(fmt::format("'{}' is repeated; expected each value of an axis once", text));
    axis_.values.push_back(text);
  }

  const Key<Scenario>& key_;
  const Entry& entry_;
  std::span<const std::string> codecs_;
  Diagnostics& diagnostics_;
  AxisSpec axis_{key_.path, {}};
};

using GivenAxis = std::pair<std::string, Entry>;

/// Returns the axes of one source in its order. A node is never assigned to, since that would
/// change its copies as well.
std::vector<GivenAxis> in_order(const Settings& settings) {
  std::vector<const std::pair<const std::string, Entry>*> found;
  for (const auto& axis : settings.entries) found.push_back(&axis);
  std::ranges::sort(found, {}, [](const auto* axis) { return axis->second.key.mark; });
  std::vector<GivenAxis> axes;
  for (const auto* axis : found) axes.emplace_back(*axis);
  return axes;
}

std::vector<GivenAxis> axes_of_scenario(const Settings& settings,
                                        std::span<const std::string> known,
                                        Diagnostics& diagnostics) {
  const Entry* entry = settings.find(kAxesKey);
  if (!entry || entry->node.IsNull()) return {};
  if (entry->node.IsScalar() && entry->node.Scalar() == "none") return {};
  if (entry->node.IsMap()) return in_order(read_settings(*entry, known, diagnostics));
  diagnostics.add(entry->value, fmt::format("expected {}", kAxesTakes));
  return {};
}

/// Returns the axes of the scenario and those of --vary, which replace axes of the same path or
/// come after them.
std::vector<GivenAxis> given_axes(const Settings& settings, std::span<const std::string> known,
                                  std::span<const std::string> varied, Diagnostics& diagnostics) {
  const std::vector<GivenAxis> stated = axes_of_scenario(settings, known, diagnostics);
  Settings options;
  override_settings(options, varied, known, diagnostics, "--vary", ValueForm::text);

  std::vector<GivenAxis> axes;
  for (const GivenAxis& axis : stated) {
    const Entry* instead = options.find(axis.first);
    axes.emplace_back(axis.first, instead ? *instead : axis.second);
  }
  for (const GivenAxis& axis : in_order(options))
    if (std::ranges::find(stated, axis.first, &GivenAxis::first) == stated.end())
      axes.push_back(axis);
  return axes;
}

/// Adds a mistake if `seeds` or `repeats` says otherwise than axis `seed`. An axis of the command
/// line has precedence over what the file states.
void check_seed_axis(const Settings& settings, std::size_t values, const Entry& axis,
                     Diagnostics& diagnostics) {
  const auto text_of = [](const Entry& entry) {
    return entry.node.IsScalar() ? entry.node.Scalar() : std::string();
  };
  const auto is_stated = [&](const char* path) {
    const Entry* other = settings.find(path);
    const bool overridden =
        other != nullptr && other->key.source->numbered && !axis.key.source->numbered;
    return other != nullptr && !overridden;
  };
  if (is_stated("seeds") && text_of(*settings.find("seeds")) != "auto")
    diagnostics.add(axis.key,
                    "axis 'seed' and 'seeds' both say what repeats draw from; expected one of "
                    "them");
  if (is_stated("repeats") && text_of(*settings.find("repeats")) != std::to_string(values))
    diagnostics.add(axis.key, fmt::format("axis 'seed' makes {} repeats, and 'repeats' is {}; "
                                          "expected one of them",
                                          values, text_of(*settings.find("repeats"))));
}

/// Makes repeats of the values of axis `seed`: they are samples of one point, not points.
void repeat_seeds(Settings& settings, const AxisSpec& seeds, const Entry& entry) {
  const auto set = [&](const char* path, const std::string& value) {
    settings.entries.insert_or_assign(
        path, Entry{read_inline(value, entry.value), entry.key, entry.value});
  };
  set("seed", seeds.values.front());
  set("seeds", fmt::format("[{}]", fmt::join(seeds.values, ", ")));
  set("repeats", std::to_string(seeds.values.size()));
}

void check_product(const std::vector<AxisSpec>& axes, const Place& place,
                   Diagnostics& diagnostics) {
  double points = 1;  // a product of counts may be longer than an integer
  for (const AxisSpec& axis : axes) points *= static_cast<double>(axis.values.size());
  if (points > kMaxPoints)
    diagnostics.add(place, fmt::format("{} points; expected at most {}", points, kMaxPoints));
}

}  // namespace

std::vector<AxisSpec> read_axes(Settings& settings, std::span<const std::string> codecs,
                                std::span<const std::string> varied, Diagnostics& diagnostics) {
  const std::vector<Key<Scenario>> keys = scenario_keys(codecs);
  std::vector<AxisSpec> axes;
  Place last;
  for (const auto& [path, entry] : given_axes(settings, paths_of(keys), varied, diagnostics)) {
    if (path == "name" || path == "faults") {
      diagnostics.add(entry.key, fmt::format("'{}' cannot be an axis; expected another key", path));
      continue;
    }
    const auto key = std::ranges::find(keys, path, &Key<Scenario>::path);
    AxisSpec axis = AxisReader(*key, entry, codecs, diagnostics).read();
    last = entry.key;
    if (path == "seed" && !axis.values.empty()) {
      check_seed_axis(settings, axis.values.size(), entry, diagnostics);
      repeat_seeds(settings, axis, entry);
      continue;
    }
    if (axis.values.empty())
      settings.faulty.insert(path);
    else if (!settings.find(path))
      settings.entries.emplace(
          path, Entry{read_inline(axis.values.front(), entry.value), entry.key, entry.value});
    axes.push_back(std::move(axis));
  }
  check_product(axes, last, diagnostics);
  return axes;
}

std::string write_axes(const std::vector<AxisSpec>& axes) {
  if (axes.empty()) return fmt::format("{}: none\n", kAxesKey);
  std::string text = fmt::format("{}:\n", kAxesKey);
  for (const AxisSpec& axis : axes) {
    YAML::Node values(YAML::NodeType::Sequence);
    for (const std::string& value : axis.values) values.push_back(read_inline(value, {}));
    text += fmt::format("  {}: {}\n", axis.path, inline_text(values));
  }
  return text;
}

AxisNumbers numbers_of(const AxisSpec& axis) {
  const std::vector<Key<Scenario>> keys = scenario_keys(codec_names(axis.path));
  const auto key = std::ranges::find(keys, axis.path, &Key<Scenario>::path);
  const BaseUnit* unit = find_base_unit(key->unit);
  AxisNumbers result;
  for (const std::string& value : axis.values) {
    std::optional<double>& number = result.numbers.emplace_back();
    try {
      if (unit) number = unit->parse(value) / unit->smallest_in_one;
    } catch (const InputError&) {  // a word, such as "unlimited", or a list
      continue;
    }
    if (number) result.unit = unit->name;
  }
  return result;
}

}  // namespace splitbench
