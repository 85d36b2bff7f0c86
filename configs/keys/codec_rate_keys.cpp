#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "codec/codecs.hpp"
#include "configs/keys/keys.hpp"

namespace splitbench {
namespace {

const CodecKey kNeeded{"splitzip", ElementType::bf16};

/// Returns the key's path below `rates`: "splitzip.bf16".
std::string path_of(const CodecKey& key) {
  return fmt::format("{}.{}", key.codec, name(key.type));
}

const std::vector<CodecKey>& rated() {
  static const std::vector<CodecKey> all = [] {
    std::vector<CodecKey> keys;
    for (const Codec& codec : kCodecs)
      for (const ElementType type : kElementTypes) keys.push_back({std::string(codec.name), type});
    return keys;
  }();
  return all;
}

const std::vector<Key<MeasuredCall>>& call_keys() {
  static const std::vector<Key<MeasuredCall>> keys = [] {
    const auto key = [](auto... parts) { return make_key<MeasuredCall>(std::move(parts)...); };
    return std::vector<Key<MeasuredCall>>{
        key(FIELD(bytes), kind::within(kind::bytes(), "1 kB", "1 TB"), "raw, of all tensors",
            Need::required),
        key(FIELD(tensors), kind::within(kind::count<std::uint32_t>(), "1", "1000000"),
            "that these are", Need::required),
        key(FIELD(encode), device_speed(), "of raw KV", Need::required),
        key(FIELD(decode), device_speed(), "of raw KV", Need::required)};
  }();
  return keys;
}

std::string sizes_of(const MeasuredCall& call) {
  return fmt::format("{{bytes: {}, tensors: {}}}", format_bytes(call.bytes), call.tensors);
}

/// Sorts calls. Throws InputError unless each of their sizes is there once with each of their
/// numbers of tensors.
void sort_calls(std::vector<MeasuredCall>& calls) {
  const auto size = [](const MeasuredCall& call) { return std::pair(call.bytes, call.tensors); };
  std::ranges::sort(calls, {}, size);
  if (const auto twice = std::ranges::adjacent_find(calls, {}, size); twice != calls.end())
    throw InputError(fmt::format("{} is there twice; expected it once", sizes_of(*twice)));
  for (const MeasuredCall& bytes : calls) {
    for (const MeasuredCall& tensors : calls) {
      const MeasuredCall both{.bytes = bytes.bytes, .tensors = tensors.tensors};
      if (!std::ranges::binary_search(calls, size(both), {}, size))
        throw InputError(fmt::format(
            "{} is missing; expected each size with each number of tensors", sizes_of(both)));
    }
  }
}

Key<CodecRates> calls_key() {
  constexpr const char* kList = "a list of maps of bytes, tensors, encode and decode";
  return {"calls",
          kList,
          "as they were measured, by size and number of tensors; else by the figures above",
          Need::optional,
          [=](CodecRates& rates, const Entry& entry, Diagnostics& diagnostics) {
            if (!entry.node.IsSequence()) throw InputError(fmt::format("expected {}", kList));
            const std::size_t before = diagnostics.count();
            for (const YAML::Node& call : entry.node)
              rates.calls.push_back(read_element(call_keys(), entry, call, diagnostics));
            if (diagnostics.count() == before) sort_calls(rates.calls);
          },
          [](const CodecRates& rates) {
            std::vector<std::string> calls;
            for (const MeasuredCall& call : rates.calls) {
              std::vector<std::string> figures;
              for (const Key<MeasuredCall>& key : call_keys())
                figures.push_back(fmt::format("{}: {}", key.path, key.write(call)));
              calls.push_back(fmt::format("\n      {{{}}}", fmt::join(figures, ", ")));
            }
            return calls.empty() ? "" : fmt::format("[{}]", fmt::join(calls, ","));
          }};
}

/// Makes the keys of a codec's figures for an element type. Our frames' ratio follows from the KV,
/// and only our codecs sample exponents.
std::vector<Key<CodecRates>> make_figure_keys(bool ours) {
  const auto key = [](auto... parts) { return make_key<CodecRates>(std::move(parts)...); };
  std::vector<Key<CodecRates>> keys = {
      key(FIELD(encode), device_speed(), "of raw KV", Need::required),
      key(FIELD(decode), device_speed(), "of raw KV", Need::required),
      key(FIELD(call), call_cost(), "fixed cost of an encode or decode", Need::required),
  };
  keys.push_back(ours ? key(FIELD(sample), kind::or_left_out(call_cost(), 0.0),
                            "what it adds to an encode that exponents are sampled")
                      : key(FIELD(ratio), kind::within(kind::factor(), "0.5", "1000"),
                            "of raw KV over what travels", Need::required));
  keys.push_back(calls_key());
  return keys;
}

const std::vector<Key<CodecRates>>& figure_keys(const CodecKey& of) {
  static const auto ours = make_figure_keys(true), foreign = make_figure_keys(false);
  return find_codec(of.codec)->is_baseline() ? foreign : ours;
}

void read_rates(HardwareProfile& hardware, const Entry& entry, Diagnostics& diagnostics) {
  if (!entry.node.IsMap())
    throw InputError("expected a map of codecs, each a map of element types");
  std::vector<std::string> paths;
  std::ranges::transform(rated(), std::back_inserter(paths), path_of);
  const Settings codecs = read_settings(entry, paths, diagnostics);
  for (const CodecKey& key : rated())
    if (const Entry* figures = codecs.find(path_of(key)))
      read_map(figure_keys(key), *figures, hardware.rates[key], diagnostics);
}

/// Returns one line per codec and element type.
std::string write_rates(const HardwareProfile& hardware) {
  std::string text, codec;
  for (const CodecKey& key : rated()) {
    const auto found = hardware.rates.find(key);
    if (found == hardware.rates.end() || !found->second.known()) continue;
    if (key.codec != codec) text += fmt::format("\n  {}:", key.codec);
    codec = key.codec;
    std::vector<std::string> figures;
    for (const Key<CodecRates>& figure : figure_keys(key))
      if (const std::string value = figure.write(found->second); !value.empty())
        figures.push_back(fmt::format("{}: {}", figure.path, value));
    text += fmt::format("\n    {}: {{{}}}", name(key.type), fmt::join(figures, ", "));
  }
  return text;
}

// Profiles that were written before there was `rates` name a section for each of our codecs and
// element types; that of bf16 has the codec's own name.

struct OldSection {
  std::string name;
  CodecKey key;
};

const std::vector<OldSection>& old_sections() {
  static const std::vector<OldSection> all = [] {
    std::vector<OldSection> sections;
    for (const std::string codec : {"splitzip", "ranked"})
      for (const ElementType type : kElementTypes)
        sections.push_back(
            {type == ElementType::bf16 ? codec : fmt::format("{}_{}", codec, name(type)),
             {codec, type}});
    return sections;
  }();
  return all;
}

constexpr std::array kOldFigures = {".encode", ".decode", ".call"};

/// Makes a key of the old form, which is read and not written.
Key<HardwareProfile> old_key(const OldSection& section, const char* figure,
                             double CodecRates::*field, const Kind<double>& kind) {
  return {section.name + figure,
          kind.takes,
          "the old form of a figure in rates",
          Need::optional,
          [key = section.key, field, kind](HardwareProfile& hardware, const Entry& entry,
                                           Diagnostics&) {
            hardware.rates[key].*field = kind.parse(scalar(entry, kind.takes));
          },
          [](const HardwareProfile&) { return ""; },
          kind.unit};
}

/// Checks that a section of the old form is complete; only ranked's of bf16 was allowed to lack
/// figures.
void check_old_section(const OldSection& section, const Settings& settings,
                       Diagnostics& diagnostics) {
  std::string present, missing;
  for (const char* figure : kOldFigures)
    (settings.find(section.name + figure) ? present : missing) = section.name + figure;
  if (present.empty() && settings.find(section.name + ".sample"))
    present = section.name + ".sample";
  if (present.empty()) return;
  if (settings.find("rates")) {
    diagnostics.add(
        settings.place_of(present),
        fmt::format("'{}' beside 'rates'; expected all figures of codecs in 'rates'", present));
    return;
  }
  if (missing.empty() || settings.is_faulty(missing) || section.name == "ranked") return;
  diagnostics.add(settings.place_of(present),
                  fmt::format("'{}' needs '{}' beside it; expected all three rates of an element "
                              "type{}",
                              present, missing,
                              section.key == kNeeded ? "" : ", or none to take those of bf16"));
}

}  // namespace

Kind<double> device_speed() {
  return kind::within(kind::throughput(), "1 MB/s", "1000 TB/s");
}

Kind<double> call_cost() {
  return kind::within(kind::seconds(), "0 s", "1 s");
}

Key<HardwareProfile> rates_key() {
  return {"rates",
          "a map of codecs, each a map of element types",
          "how fast codecs are; without figures for FP8 as with bf16",
          Need::optional,
          read_rates,
          write_rates};
}

std::vector<Key<HardwareProfile>> old_rate_keys() {
  std::vector<Key<HardwareProfile>> keys;
  for (const OldSection& section : old_sections()) {
    keys.push_back(old_key(section, ".encode", &CodecRates::encode, device_speed()));
    keys.push_back(old_key(section, ".decode", &CodecRates::decode, device_speed()));
    keys.push_back(old_key(section, ".call", &CodecRates::call, call_cost()));
  }
  keys.push_back(old_key(old_sections().front(), ".sample", &CodecRates::sample, call_cost()));
  return keys;
}

void check(const HardwareProfile& hardware, const Settings& settings, Diagnostics& diagnostics) {
  for (const OldSection& section : old_sections())
    check_old_section(section, settings, diagnostics);
  if (hardware.rates.contains(kNeeded) || settings.is_faulty("rates") ||
      settings.is_faulty(kNeeded.codec))
    return;
  diagnostics.add(settings.place_of("rates"),
                  fmt::format("'rates.{}' is missing; expected a map of {}", path_of(kNeeded),
                              one_of(paths_of(figure_keys(kNeeded)))));
}

}  // namespace splitbench
