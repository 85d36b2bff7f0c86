#include "workers/kv/safetensors_names.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace splitbench {
namespace {

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::optional<std::uint32_t> number(std::string_view word) {
  std::uint32_t value = 0;
  const char* const end = word.data() + word.size();
  const auto [stopped, error] = std::from_chars(word.data(), end, value);
  return error == std::errc{} && stopped == end ? std::optional(value) : std::nullopt;
}

std::optional<std::string> class_of_word(std::string_view word) {
  if (word == "k" || word == "key" || word == "keys") return "k";
  if (word == "v" || word == "value" || word == "values") return "v";
  if (word == "latent") return "latent";
  return std::nullopt;
}

/// Of one part between dots: "k_proj" is one, "past_key_values" is both and so says nothing.
std::optional<std::string> class_of_part(std::string_view part) {
  std::set<std::string> classes;
  for (const std::string_view word : split(part, "_-")) {
    if (const auto found = class_of_word(word)) classes.insert(*found);
  }
  return classes.size() == 1 ? std::optional(*classes.begin()) : std::nullopt;
}

std::optional<std::string> class_of(std::string_view name) {
  std::set<std::string> classes;
  for (const std::string_view part : split(name, "./")) {
    if (const auto found = class_of_part(part)) classes.insert(*found);
  }
  return classes.size() == 1 ? std::optional(*classes.begin()) : std::nullopt;
}

bool announces_layer(std::string_view word) {
  return word == "layer" || word == "layers" || word == "block" || word == "blocks";
}

/// The number behind "layers", or the only number that there is.
std::optional<std::uint32_t> layer_of(std::string_view name) {
  const std::vector<std::string_view> words = split(name, "./_-");
  std::vector<std::uint32_t> numbers;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto value = number(words[i]);
    if (value && i > 0 && announces_layer(words[i - 1])) return value;
    if (value) numbers.push_back(*value);
  }
  return numbers.size() == 1 ? std::optional(numbers[0]) : std::nullopt;
}

}  // namespace

CodebookKey key_of_name(std::string_view tensor_name) {
  std::string lower(tensor_name);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return {.layer = layer_of(lower), .tensor_class = class_of(lower)};
}

}  // namespace splitbench
