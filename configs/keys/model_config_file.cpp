#include "configs/keys/model_config_file.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "workloads/files.hpp"
#include "workloads/foreign_json.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::json;

Source read_json(const std::filesystem::path& path) {
  constexpr std::uint64_t kMostBytes = 16 << 20;  // those of quantised models list every tensor
  try {
    std::string text = read_text(path, "a model's config.json", kMostBytes);
    return {path.string(), std::filesystem::absolute(path).parent_path(), std::move(text)};
  } catch (const InputError& error) {
    throw ConfigError(error.what());
  }
}

/// Returns where a key stands in a text, or the text's length.
std::size_t find_key(const std::string& text, std::string_view key, std::size_t begin) {
  return std::min(text.find(fmt::format("\"{}\"", key), begin), text.size());
}

}  // namespace

ModelConfigFile::ModelConfigFile(const std::filesystem::path& path, Diagnostics& diagnostics)
    : path_(path),
      diagnostics_(diagnostics),
      before_(diagnostics.count()),
      source_(std::make_shared<const Source>(read_json(path))) {
  try {
    whole_ = parse_foreign_json(source_->text);
  } catch (const JsonError& error) {
    diagnostics_.add({source_, std::nullopt}, fmt::format("{}, expected JSON", error.what()));
    return;
  }
  if (!whole_.is_object()) {
    diagnostics_.add({source_, std::nullopt}, "no object, expected a model's config.json");
    whole_ = Json::object();
    return;
  }
  const auto text = whole_.find("text_config");
  if (text == whole_.end() || !text->is_object()) return;
  values_ = &*text;
  begin_ = find_key(source_->text, "text_config", 0);
}

std::string ModelConfigFile::model_name() const {
  const std::filesystem::path whole = std::filesystem::absolute(path_);
  return whole.filename() == "config.json" ? whole.parent_path().filename().string()
                                           : whole.stem().string();
}

const Json* ModelConfigFile::find(std::string_view key) const {
  const auto found = values_->find(key);
  return found == values_->end() || found->is_null() ? nullptr : &*found;
}

std::string ModelConfigFile::text(std::string_view key) const {
  const Json* value = find(key);
  return value && value->is_string() ? value->get<std::string>() : "";
}

bool ModelConfigFile::flag(std::string_view key, bool otherwise) {
  const Json* value = find(key);
  if (!value) return otherwise;
  if (!value->is_boolean()) refuse(key, fmt::format("'{}': expected true or false", key));
  return value->is_boolean() && value->get<bool>();
}

std::uint32_t ModelConfigFile::count(std::string_view key, std::uint32_t otherwise) {
  const Json* value = find(key);
  if (!value) return otherwise;
  constexpr std::uint64_t kMost = 1'000'000;
  if (value->is_number_unsigned() && value->get<std::uint64_t>() <= kMost)
    return value->get<std::uint32_t>();
  refuse(key, fmt::format("'{}': expected a count of at most {}", key, kMost));
  return 0;
}

double ModelConfigFile::number(std::string_view key) {
  const Json* value = find_number(key);
  const double number = value ? value->get<double>() : 0;
  constexpr double kLeast = 1e3, kMost = 1e15;
  if (value && !(number >= kLeast && number <= kMost))
    refuse(key, fmt::format("'{}': expected a number from 1e3 to 1e15", key));
  return number;
}

std::uint32_t ModelConfigFile::size(std::string_view key, std::uint32_t most) {
  const Json* value = find_number(key);
  if (!value) return 0;
  if (value->is_number_unsigned() && *value >= 1 && *value <= most)
    return value->get<std::uint32_t>();
  refuse(key, fmt::format("'{}': expected a count from 1 to {}", key, most));
  return 0;
}

bool ModelConfigFile::tied(bool otherwise) {
  if (find("tie_word_embeddings")) return flag("tie_word_embeddings", otherwise);
  const auto outer = whole_.find("tie_word_embeddings");
  return outer != whole_.end() ? *outer == true : otherwise;
}

void ModelConfigFile::refuse(std::string_view key, std::string message) {
  diagnostics_.add(place_of(key), std::move(message));
}

Place ModelConfigFile::place_of(std::string_view key) const {
  const std::string& text = source_->text;
  const std::size_t at = find_key(text, key, begin_);
  if (at == text.size()) return {source_, std::nullopt};
  const std::size_t line_end = text.rfind('\n', at);
  const std::size_t line = line_end == text.npos ? 0 : line_end + 1;
  const auto lines = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  return {source_, Place::Mark{static_cast<std::size_t>(lines), at - line}};
}

const Json* ModelConfigFile::find_number(std::string_view key) {
  const Json* value = find(key);
  if (!value)
    refuse(key, fmt::format("'{}' is missing{}", key, explanation_));
  else if (!value->is_number())
    refuse(key, fmt::format("'{}': expected a number", key));
  else
    return value;
  return nullptr;
}

}  // namespace splitbench
