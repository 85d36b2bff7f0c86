#include "codec/codebook_file.hpp"

#include <cerrno>
#include <charconv>
#include <fmt/core.h>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>

#include "codec/exponent_statistics.hpp"

namespace splitbench {
namespace {

constexpr std::string_view kFormat = "splitbench codebooks";
constexpr int kVersion = 2;
constexpr std::uint64_t kMaxCount = std::uint64_t{1} << 53;  // so that no sum of 256 overflows

using Json = nlohmann::ordered_json;

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

std::uint64_t count_from_json(const Json& json) {
  if (!json.is_number_unsigned() || json.get<std::uint64_t>() > kMaxCount)
    throw std::runtime_error(fmt::format("{} is not a count from 0 to 2^53", json.dump()));
  return json.get<std::uint64_t>();
}

Json to_json(const CodebookSource& source) {
  return {{"name", source.name}, {"bytes", source.bytes}, {"xxh3", hex(source.xxh3)}};
}

CodebookSource source_from_json(const Json& json) {
  return {.name = json.at("name").get<std::string>(),
          .bytes = json.at("bytes").get<std::uint64_t>(),
          .xxh3 = from_hex(json.at("xxh3").get<std::string>())};
}

Json exponents_json(const Codebook& codebook, FrameKind kind) {
  Json exponents = Json::array();
  for (unsigned code = 0; code < codebook.size(kind); ++code)
    exponents.push_back(codebook.exponents[code]);
  return exponents;
}

Json to_json(const CodebookFile::Entry& entry) {
  Json json;
  if (entry.key.layer) json["layer"] = *entry.key.layer;
  if (entry.key.tensor_class) json["class"] = *entry.key.tensor_class;
  json["element_type"] = name(entry.codebook.element_type);
  json["id"] = hex(entry.codebook.id());
  json["exponents"] = exponents_json(entry.codebook, FrameKind::splitzip);
  json["elements"] = elements(entry.histogram);
  json["escapes"] = escapes(entry.histogram, entry.codebook);
  json["histogram"] = Json::object();
  for (std::size_t exponent = 0; exponent < entry.histogram.size(); ++exponent) {
    if (entry.histogram[exponent] > 0)
      json["histogram"][std::to_string(exponent)] = entry.histogram[exponent];
  }
  json["ranked"] = {{"id", hex(entry.ranked_codebook.id())},
                    {"exponents", exponents_json(entry.ranked_codebook, FrameKind::ranked)}};
  return json;
}

ElementType element_type_from_json(const Json& json) {
  const std::string text = json.get<std::string>();
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
  const auto exponents = json.at("exponents").get<std::vector<std::int64_t>>();
  if (exponents.size() != codebook.size(kind)) {
    throw std::runtime_error(fmt::format("a {} of {} has {} exponents, expected {}", what,
                                         name(type), exponents.size(), codebook.size(kind)));
  }
  const unsigned highest = element_format(type).exponents() - 1;
  for (std::size_t code = 0; code < exponents.size(); ++code) {
    if (exponents[code] < 0 || exponents[code] > highest) {
      throw std::runtime_error(
          fmt::format("exponent {} is not between 0 and {}", exponents[code], highest));
    }
    codebook.exponents[code] = static_cast<std::uint8_t>(exponents[code]);
  }
  if (!codebook.valid(kind)) {
    throw std::runtime_error(fmt::format("a {}'s exponents are not {}", what,
                                         ranked ? "all different" : "strictly ascending"));
  }
  const std::string id = json.at("id").get<std::string>();
  if (id != hex(codebook.id())) {
    throw std::runtime_error(fmt::format("{} id {} does not belong to its exponents, which have {}",
                                         what, id, hex(codebook.id())));
  }
  return codebook;
}

ExponentHistogram histogram_from_json(const Json& json, ElementType type) {
  ExponentHistogram histogram{};
  for (const auto& [text, count] : json.items()) {
    unsigned exponent = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, exponent);
    if (error != std::errc{} || stopped != end || exponent >= element_format(type).exponents()) {
      throw std::runtime_error(
          fmt::format("a histogram's '{}' is not an exponent of {}", text, name(type)));
    }
    histogram[exponent] = count_from_json(count);
  }
  return histogram;
}

CodebookFile::Entry entry_from_json(const Json& json) {
  CodebookFile::Entry entry;
  if (json.contains("layer")) entry.key.layer = json.at("layer").get<std::uint32_t>();
  if (json.contains("class")) entry.key.tensor_class = json.at("class").get<std::string>();
  const ElementType type = element_type_from_json(json.at("element_type"));
  entry.codebook = codebook_from_json(json, type, FrameKind::splitzip);
  entry.histogram = histogram_from_json(json.at("histogram"), type);
  if (count_from_json(json.at("elements")) != elements(entry.histogram) ||
      count_from_json(json.at("escapes")) != escapes(entry.histogram, entry.codebook)) {
    throw std::runtime_error(fmt::format(
        "the elements and escapes of {} are not those of its histogram", describe(entry.key)));
  }
  entry.ranked_codebook = json.contains("ranked")
                              ? codebook_from_json(json.at("ranked"), type, FrameKind::ranked)
                              : calibrate(entry.histogram, type, FrameKind::ranked);
  return entry;
}

}  // namespace

std::string describe(const CodebookKey& key) {
  const std::string layer = key.layer ? fmt::format("layer {}", *key.layer) : "";
  if (!key.tensor_class) return layer.empty() ? "all tensors" : layer;
  return layer + (layer.empty() ? "" : ", ") + *key.tensor_class;
}

const Codebook* CodebookFile::find(const CodebookKey& tensor, ElementType type,
                                   FrameKind kind) const {
  for (const Entry& entry : entries) {
    const bool layer_agrees = !entry.key.layer || entry.key.layer == tensor.layer;
    const bool class_agrees =
        !entry.key.tensor_class || entry.key.tensor_class == tensor.tensor_class;
    if (entry.codebook.element_type == type && layer_agrees && class_agrees)
      return &entry.codebook_for(kind);
  }
  return nullptr;
}

std::string to_json(const CodebookFile& file) {
  Json json;
  json["format"] = kFormat;
  json["version"] = kVersion;
  json["tool"] = file.tool;
  json["sources"] = Json::array();
  for (const CodebookSource& source : file.sources) json["sources"].push_back(to_json(source));
  json["codebooks"] = Json::array();
  for (const CodebookFile::Entry& entry : file.entries) json["codebooks"].push_back(to_json(entry));
  return json.dump(1) + "\n";
}

CodebookFile codebook_file_from_json(std::string_view text) {
  const Json json = Json::parse(text);
  if (!json.is_object() || json.value("format", Json()) != kFormat)
    throw std::runtime_error("not a file of codebooks");
  if (json.at("version") != kVersion) {
    throw std::runtime_error(
        fmt::format("a file of codebooks of version {}, expected {}; calibrate again",
                    json.at("version").dump(), kVersion));
  }
  CodebookFile file{.tool = json.at("tool").get<std::string>(), .sources = {}, .entries = {}};
  for (const Json& source : json.at("sources")) file.sources.push_back(source_from_json(source));
  for (const Json& entry : json.at("codebooks")) file.entries.push_back(entry_from_json(entry));
  if (file.entries.empty()) throw std::runtime_error("the file holds no codebook");
  return file;
}

void save(const CodebookFile& file, const std::filesystem::path& path) {
  std::ofstream stream(path, std::ios::binary);
  stream << to_json(file);
  stream.close();
  if (!stream) throw std::system_error(errno, std::generic_category(), "write " + path.string());
}

CodebookFile load_codebook_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(stream), {});
  if (!stream.is_open() || stream.bad()) {
    throw std::system_error(errno, std::generic_category(), "read " + path.string());
  }
  try {
    return codebook_file_from_json(text);
  } catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("{}: {}", path.string(), error.what()));
  }
}

std::optional<ElementType> element_type_named(std::string_view text) {
  for (const ElementType type : kElementTypes) {
    if (name(type) == text) return type;
  }
  return std::nullopt;
}

}  // namespace splitbench
