#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <system_error>

#include "codec/baselines/baseline.hpp"
#include "configs/keys/keys.hpp"
#include "configs/reader/rules.hpp"

namespace splitbench {
namespace {

std::vector<std::string> names_that_begin(std::string_view with) {
  std::vector<std::string> names;
  for (const Arm each : kArms)
    if (name_of(each, {}).starts_with(with)) names.emplace_back(name_of(each, {}));
  return names;
}

/// Returns the arms that a message lists. All known ones would be too many: if the text names a
/// library, they are that library's.
std::string expected(std::string_view text) {
  for (const BaselineLibrary& library : baseline_libraries())
    if (text.starts_with(library.name)) return one_of(names_that_begin(library.name));
  std::vector<std::string_view> ours;
  for (const Arm each : kOwnArms) ours.push_back(name_of(each, {}));
  return fmt::format("{} or a baseline such as zstd-1-planes", fmt::join(ours, ", "));
}

Arm parse_arm(std::string_view text, std::span<const AddedCodec> added) {
  // Codecs beyond those that arms can have are refused as a whole.
  const std::optional<Arm> found =
      find_arm(text, added.first(std::min(added.size(), kMostAddedCodecs)));
  if (!found) {
    std::vector<std::string> known = names_that_begin("");
    for (const AddedCodec& codec : added) known.push_back(codec.name);
    const std::string near = nearest(text, known);
    throw InputError(near.empty()
                         ? fmt::format("'{}' is not supported; expected {}", text, expected(text))
                         : fmt::format("unknown choice '{}', did you mean '{}'? expected {}", text,
                                       near, expected(text)));
  }
  return *found;
}

/// Returns the kind of an arm; `added`, which must outlive it, are the scenario's.
Kind<Arm> arm(std::span<const AddedCodec> added) {
  return {expected(""), [added](std::string_view text) { return parse_arm(text, added); },
          [added](Arm arm) { return std::string(name_of(arm, added)); }, ""};
}

void read_arms(Scenario& scenario, const Entry& entry, Diagnostics& diagnostics) {
  const Kind<Arm> kind = arm(scenario.codecs);
  const YAML::Node& node = entry.node;
  if (!node.IsSequence()) {
    scenario.arms = {kind.parse(scalar(entry, "a list of " + kind.takes))};
    return;
  }
  scenario.arms.clear();
  for (const YAML::Node& element : node) {
    const Place place = entry.place_of(element);
    try {
      const Arm found = kind.parse(scalar({element, place, place}, kind.takes));
      if (std::ranges::find(scenario.arms, found) != scenario.arms.end()) {
        throw InputError(fmt::format("'{}' is repeated; expected each arm once", element.Scalar()));
      }
      scenario.arms.push_back(found);
    } catch (const InputError& error) {
      diagnostics.add(place, error.what());
    }
  }
  if (node.size() == 0) throw InputError("no arm; expected one or more of " + kind.takes);
}

std::string write_arms(const Scenario& scenario) {
  std::vector<std::string_view> names;
  for (const Arm each : scenario.arms) names.push_back(name_of(each, scenario.codecs));
  return fmt::format("[{}]", fmt::join(names, ", "));
}

/// Refuses an arm in virtual time whose codec has no rates in the hardware profile. Our codecs may
/// use the bf16 figures for FP8; a baseline's ratio holds for one type only.
void check_rates(Arm arm, const Scenario& scenario, Rules& rules) {
  const Codec* codec = codec_of(arm);
  if (scenario.time != TimeKind::virtual_time || codec == nullptr) return;
  const HardwareProfile& hardware = scenario.hardware;
  const ElementType type = scenario.pipeline.element_type;
  if (codec->is_baseline() ? hardware.rates.contains({std::string(codec->name), type})
                           : hardware.rates_of(codec->name, type).known())
    return;
  rules.refuse("arms", fmt::format("arm '{0}' in virtual time, but hardware {1} has no figures for "
                                   "it; expected rates.{0}.{2} there, which splitbench calibrate "
                                   "measures, or time: real",
                                   codec->name, hardware.name, name(type)));
}

void check_added(const AddedCodec& codec, const Scenario& scenario, Rules& rules) {
  const auto refuse = [&](bool wrong, const std::string& why) {
    if (wrong) rules.refuse("arms", fmt::format("arm '{}' {}", codec.name, why));
  };
  const bool real = scenario.time == TimeKind::real;
  const std::string path = "codecs." + codec.name;
  if (!codec.is_declared() && codec.library.empty()) return;  // reported as the codec's mistake
  if (std::error_code none;
      real && !codec.library.empty() && !std::filesystem::is_regular_file(codec.library, none))
    rules.refuse(path + ".library", fmt::format("no file '{}'", codec.library.string()));
  refuse(real && codec.library.empty(),
         fmt::format("in real time, but it is declared by figures alone; expected {}.library, or "
                     "time: virtual",
                     path));
  refuse(!real && !codec.is_declared(),
         fmt::format("in virtual time, but it has no figures; expected ratio, encode and decode in "
                     "{}, which splitbench calibrate --codec-library measures, or time: real",
                     path));
  refuse(!real && scenario.drift.kind != DriftKind::none,
         "in virtual time, where its ratio is declared and does not follow drift; expected time: "
         "real, or drift.kind: none");
}

/// Refuses a foreign codec's arm with a transport that its payloads cannot take.
void check_transport_of(Arm arm, const Scenario& scenario, Rules& rules) {
  const TransportTraits& transport = traits_of(scenario.transport);
  if (!is_foreign(arm) || !transport.device_memory) return;
  rules.refuse(
      "arms",
      fmt::format("arm '{}' with transport {}; expected transport: {}",
                  name_of(arm, scenario.codecs), transport.name,
                  transports_with([](const TransportTraits& t) { return !t.device_memory; })));
}

void check_baseline(const Codec& baseline, const Scenario& scenario, Rules& rules) {
  const auto refuse = [&](bool wrong, const std::string& why) {
    if (wrong) rules.refuse("arms", fmt::format("arm '{}' {}", baseline.name, why));
  };
  const BaselineLibrary& library = library_of(baseline.name);
  refuse(scenario.time == TimeKind::real && !library.installed,
         fmt::format("in real time, but this program was built without {}: {}; or time: virtual",
                     library.name, library.how_to_get));
  refuse(scenario.time == TimeKind::virtual_time && scenario.drift.kind != DriftKind::none,
         "in virtual time, where its ratio is the hardware profile's and does not follow drift; "
         "expected time: real, or drift.kind: none");
  refuse(!baseline.on_cuda && scenario.backend == BackendKind::cuda,
         "works on the CPU; expected backend: cpu");
  refuse(!baseline.on_cpu && scenario.backend == BackendKind::cpu,
         "works on a GPU; expected backend: cuda or auto");
  refuse(!baseline.takes(scenario.pipeline.element_type),
         fmt::format("with kv_dtype {}; expected kv_dtype bf16, or a baseline without planes",
                     name(scenario.pipeline.element_type)));
}

}  // namespace

Key<Scenario> arms_key() {
  return {"arms",
          "a list of " + arm({}).takes,
          "what happens to the KV on its way, each on the same bytes",
          Need::optional,
          read_arms,
          write_arms};
}

std::string baseline_forms() {
  std::string lines;
  for (const BaselineLibrary& library : baseline_libraries()) {
    const std::string missing =
        library.installed ? "" : fmt::format(" (not in this program: {})", library.how_to_get);
    lines += fmt::format("  {}{}\n", fmt::join(names_that_begin(library.name), ", "), missing);
  }
  return lines;
}

void check_arms(const Scenario& scenario, const Settings& settings, Diagnostics& diagnostics) {
  Rules rules(settings, diagnostics);
  for (const Arm arm : scenario.arms) {
    if (const Codec* baseline = baseline_of(arm)) check_baseline(*baseline, scenario, rules);
    if (const auto index = arm.added()) check_added(scenario.codecs[*index], scenario, rules);
    check_transport_of(arm, scenario, rules);
    if (!settings.is_faulty("hardware")) check_rates(arm, scenario, rules);
  }
  const auto is_not_on = [&](CodecDevice device) {
    return [&, device](Arm arm) { return !works_on(arm, device, scenario.codecs); };
  };
  const auto cpu = std::ranges::find_if(scenario.arms, is_not_on(CodecDevice::cuda));
  const auto cuda = std::ranges::find_if(scenario.arms, is_not_on(CodecDevice::cpu));
  if (cpu != scenario.arms.end() && cuda != scenario.arms.end() &&
      scenario.backend == BackendKind::automatic)
    rules.refuse("arms",
                 fmt::format("arm '{}' works on the CPU and '{}' on a GPU; expected arms "
                             "of one of them",
                             name_of(*cpu, scenario.codecs), name_of(*cuda, scenario.codecs)));
}

}  // namespace splitbench
