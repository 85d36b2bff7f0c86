#include "codec/codebook_file.hpp"

#include <cerrno>
#include <fmt/core.h>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>

namespace splitbench {
namespace {

constexpr std::string_view kFormat = "splitbench codebooks";
constexpr int kVersion = 1;

using Json = nlohmann::ordered_json;

std::string hex(std::uint64_t id) {
  return fmt::format("{:016x}", id);
}

Json to_json(const CodebookFile::Entry& entry) {
  Json json;
  if (entry.key.layer) json["layer"] = *entry.key.layer;
  if (entry.key.tensor_class) json["class"] = *entry.key.tensor_class;
  json["id"] = hex(entry.codebook.id());
  json["exponents"] = entry.codebook.exponents;
  json["elements"] = entry.elements;
  json["escapes"] = entry.escapes;
  return json;
}

CodebookFile::Entry entry_from_json(const Json& json) {
  CodebookFile::Entry entry;
  if (json.contains("layer")) entry.key.layer = json.at("layer").get<std::uint32_t>();
  if (json.contains("class")) entry.key.tensor_class = json.at("class").get<std::string>();
  const auto exponents = json.at("exponents").get<std::vector<int>>();
  if (exponents.size() != entry.codebook.exponents.size()) {
    throw std::runtime_error(
        fmt::format("a codebook has {} exponents, expected 16", exponents.size()));
  }
  for (std::size_t code = 0; code < exponents.size(); ++code) {
    if (exponents[code] < 0 || exponents[code] > 255) {
      throw std::runtime_error(
          fmt::format("exponent {} is not between 0 and 255", exponents[code]));
    }
    entry.codebook.exponents[code] = static_cast<std::uint8_t>(exponents[code]);
  }
  if (!entry.codebook.valid())
    throw std::runtime_error("a codebook's exponents are not strictly ascending");
  const std::string id = json.at("id").get<std::string>();
  if (id != hex(entry.codebook.id())) {
    throw std::runtime_error(
        fmt::format("codebook id {} does not belong to its exponents, which have {}", id,
                    hex(entry.codebook.id())));
  }
  entry.elements = json.at("elements").get<std::uint64_t>();
  entry.escapes = json.at("escapes").get<std::uint64_t>();
  return entry;
}

}  // namespace

const Codebook* CodebookFile::find(const CodebookKey& tensor) const {
  for (const Entry& entry : entries) {
    const bool layer_agrees = !entry.key.layer || entry.key.layer == tensor.layer;
    const bool class_agrees =
        !entry.key.tensor_class || entry.key.tensor_class == tensor.tensor_class;
    if (layer_agrees && class_agrees) return &entry.codebook;
  }
  return nullptr;
}

std::string to_json(const CodebookFile& file) {
  Json json;
  json["format"] = kFormat;
  json["version"] = kVersion;
  json["element_type"] = "bf16";
  json["sources"] = file.sources;
  json["codebooks"] = Json::array();
  for (const CodebookFile::Entry& entry : file.entries) json["codebooks"].push_back(to_json(entry));
  return json.dump(1) + "\n";
}

CodebookFile codebook_file_from_json(std::string_view text) {
  const Json json = Json::parse(text);
  if (json.value("format", "") != kFormat) throw std::runtime_error("not a file of codebooks");
  if (json.at("version") != kVersion) throw std::runtime_error("the file's version is not 1");
  if (json.at("element_type") != "bf16") throw std::runtime_error("the element type is not bf16");
  CodebookFile file;
  file.sources = json.at("sources").get<std::vector<std::string>>();
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

}  // namespace splitbench
