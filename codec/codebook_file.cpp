#include "codec/codebook_file.hpp"

#include <charconv>
#include <fmt/core.h>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "codec/exponent_statistics.hpp"

namespace splitbench {
namespace {

constexpr std::string_view kFormat = "splitbench codebooks";
constexpr int kVersion = 2;
constexpr std::uint64_t kMaxCount = std::uint64_t{1} << 53;  // so that no sum of 256 overflows

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;  // keeps the order in which a person reads the file

std::string hex(std::uint64_t number) {
  return fmt::format("{:016x}", number);
}

std::uint64_t from_hex(const std::string& text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number, 16);
  if (error != std::errc{} || stopped != end || text.size() != 16)
    throw std::runtime_error(fmt::format("'{}' is not 16 hexadecimal digits", text));
  return number;
}

const Json& member(const Json& json, const char* name) {
  if (!json.is_object())
    throw std::runtime_error(fmt::format("an object with {} is missing", name));
  const auto found = json.find(name);
  if (found == json.end()) throw std::runtime_error(fmt::format("'{}' is missing", name));
  return *found;
}

std::string text_member(const Json& json, const char* name) {
  const Json& text = member(json, name);
  if (!text.is_string()) throw std::runtime_error(fmt::format("'{}' is not a text", name));
  return text.get<std::string>();
}

const Json& array_member(const Json& json, const char* name) {
  const Json& array = member(json, name);
  if (!array.is_array()) throw std::runtime_error(fmt::format("'{}' is not an array", name));
  return array;
}

std::uint64_t integer_from_json(const Json& json, const std::string& what, std::uint64_t highest) {
  if (!json.is_number_unsigned() || json.get<std::uint64_t>() > highest)
    throw std::runtime_error(fmt::format("{} {} is not an integer from 0 to {}", what,
                                         json.is_structured() ? json.type_name() : json.dump(),
                                         highest));
  return json.get<std::uint64_t>();
}

std::uint64_t count_member(const Json& json, const char* name) {
  return integer_from_json(member(json, name), name, kMaxCount);
}

OrderedJson to_json(const CodebookSource& source) {
  return {{"name", source.name}, {"bytes", source.bytes}, {"xxh3", hex(source.xxh3)}};
}

CodebookSource source_from_json(const Json& json) {
  return {.name = text_member(json, "name"),
          .bytes = count_member(json, "bytes"),
          .xxh3 = from_hex(text_member(json, "xxh3"))};
}

OrderedJson exponents_json(const Codebook& codebook, FrameKind kind) {
  OrderedJson exponents = OrderedJson::array();
  for (unsigned code = 0; code < codebook.size(kind); ++code)
    exponents.push_back(codebook.exponents[code]);
  return exponents;
}

OrderedJson to_json(const CodebookFile::Entry& entry) {
  OrderedJson json;
  if (entry.key.layer) json["layer"] = *entry.key.layer;
  if (entry.key.tensor_class) json["class"] = *entry.key.tensor_class;
  json["element_type"] = name(entry.codebook.element_type);
  json["id"] = hex(entry.codebook.id());
  json["exponents"] = exponents_json(entry.codebook, FrameKind::splitzip);
  json["elements"] = elements(entry.histogram);
  json["escapes"] = escapes(entry.histogram, entry.codebook);
  json["histogram"] = OrderedJson::object();
  for (std::size_t exponent = 0; exponent < entry.histogram.size(); ++exponent) {
    if (entry.histogram[exponent] > 0)
      json["histogram"][std::to_string(exponent)] = entry.histogram[exponent];
  }
  json["ranked"] = {{"id", hex(entry.ranked_codebook.id())},
                    {"exponents", exponents_json(entry.ranked_codebook, FrameKind::ranked)}};
  return json;
}

ElementType element_type_from_json(const Json& json) {
  const std::string text = text_member(json, "element_type");
  const auto type = element_type_named(text);
  if (!type) {
    throw std::runtime_error(
        fmt::format("element type '{}' is not bf16, fp8_e5m2 or fp8_e4m3", text));
  }
  return *type;
}

/// Makes a codebook from the exponents and the id in a JSON object.
Codebook codebook_from_json(const Json& json, ElementType type, FrameKind kind) {
  const bool ranked = kind == FrameKind::ranked;
  const std::string_view what = ranked ? "ranked codebook" : "codebook";
  Codebook codebook{.exponents = {}, .element_type = type};
  const Json& exponents = array_member(json, "exponents");
  if (exponents.size() != codebook.size(kind)) {
    throw std::runtime_error(fmt::format("a {} of {} has {} exponents, expected {}", what,
                                         name(type), exponents.size(), codebook.size(kind)));
  }
  const unsigned highest = element_format(type).exponents() - 1;
  for (std::size_t code = 0; code < exponents.size(); ++code)
    codebook.exponents[code] =
        static_cast<std::uint8_t>(integer_from_json(exponents[code], "exponent", highest));
  if (!codebook.valid(kind)) {
    throw std::runtime_error(fmt::format("a {}'s exponents are not {}", what,
                                         ranked ? "all different" : "strictly ascending"));
  }
  const std::string id = text_member(json, "id");
  if (id != hex(codebook.id())) {
    throw std::runtime_error(fmt::format("{} id {} does not belong to its exponents, which have {}",
                                         what, id, hex(codebook.id())));
  }
  return codebook;
}

ExponentHistogram histogram_from_json(const Json& json, ElementType type) {
  ExponentHistogram histogram{};
  if (!json.is_object()) throw std::runtime_error("'histogram' is not an object");
  for (const auto& [text, count] : json.items()) {
    unsigned exponent = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, exponent);
    if (error != std::errc{} || stopped != end || exponent >= element_format(type).exponents()) {
      throw std::runtime_error(
          fmt::format("a histogram's '{}' is not an exponent of {}", text, name(type)));
    }
    histogram[exponent] =
        integer_from_json(count, fmt::format("the count of exponent {},", text), kMaxCount);
  }
  return histogram;
}

CodebookFile::Entry entry_from_json(const Json& json) {
  CodebookFile::Entry entry;
  const ElementType type = element_type_from_json(json);
  if (json.contains("layer"))
    entry.key.layer = static_cast<std::uint32_t>(
        integer_from_json(json["layer"], "layer", std::numeric_limits<std::uint32_t>::max()));
  if (json.contains("class")) entry.key.tensor_class = text_member(json, "class");
  entry.codebook = codebook_from_json(json, type, FrameKind::splitzip);
  entry.histogram = histogram_from_json(member(json, "histogram"), type);
  if (count_member(json, "elements") != elements(entry.histogram) ||
      count_member(json, "escapes") != escapes(entry.histogram, entry.codebook)) {
    throw std::runtime_error(fmt::format(
        "the elements and escapes of {} are not those of its histogram", describe(entry.key)));
  }
  entry.ranked_codebook = json.contains("ranked")
                              ? codebook_from_json(json["ranked"], type, FrameKind::ranked)
                              : calibrate(entry.histogram, type, FrameKind::ranked);
  return entry;
}

}  // namespace

std::string describe(const CodebookKey& key) {
  const std::string layer = key.layer ? fmt::format("layer {}", *key.layer) : "";
  if (!key.tensor_class) return layer.empty() ? "all tensors" : layer;
  return layer + (layer.empty() ? "" : ", ") + *key.tensor_class;
}

const CodebookFile::Entry* CodebookFile::entry_for(const CodebookKey& tensor,
                                                   ElementType type) const {
  for (const Entry& entry : entries) {
    const bool layer_agrees = !entry.key.layer || entry.key.layer == tensor.layer;
    const bool class_agrees =
        !entry.key.tensor_class || entry.key.tensor_class == tensor.tensor_class;
    if (entry.codebook.element_type == type && layer_agrees && class_agrees) return &entry;
  }
  return nullptr;
}

const Codebook* CodebookFile::find(const CodebookKey& tensor, ElementType type,
                                   FrameKind kind) const {
  const Entry* const entry = entry_for(tensor, type);
  return entry == nullptr ? nullptr : &entry->codebook_for(kind);
}

std::string to_json(const CodebookFile& file) {
  OrderedJson json;
  json["format"] = kFormat;
  json["version"] = kVersion;
  json["tool"] = file.tool;
  json["sources"] = OrderedJson::array();
  for (const CodebookSource& source : file.sources) json["sources"].push_back(to_json(source));
  json["codebooks"] = OrderedJson::array();
  for (const CodebookFile::Entry& entry : file.entries) json["codebooks"].push_back(to_json(entry));
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

CodebookFile codebook_file_from_json(const nlohmann::json& json) {
  if (!json.is_object() || json.value("format", Json()) != kFormat)
    throw std::runtime_error("not a file of codebooks");
  if (const Json& version = member(json, "version"); version != kVersion) {
    throw std::runtime_error(
        fmt::format("a file of codebooks of version {}, expected {}; calibrate again",
                    version.is_structured() ? version.type_name() : version.dump(), kVersion));
  }
  CodebookFile file{.tool = text_member(json, "tool"), .sources = {}, .entries = {}};
  for (const Json& source : array_member(json, "sources"))
    file.sources.push_back(source_from_json(source));
  for (const Json& entry : array_member(json, "codebooks"))
    file.entries.push_back(entry_from_json(entry));
  if (file.entries.empty()) throw std::runtime_error("the file holds no codebook");
  return file;
}

std::optional<ElementType> element_type_named(std::string_view text) {
  for (const ElementType type : kElementTypes) {
    if (name(type) == text) return type;
  }
  return std::nullopt;
}

}  // namespace splitbench
