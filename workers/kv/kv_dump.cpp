#include "workers/kv/kv_dump.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <fmt/format.h>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "workers/kv/refuse.hpp"
#include "workers/kv/safetensors.hpp"
#include "workloads/files.hpp"
#include "workloads/foreign_json.hpp"
#include "workloads/input_error.hpp"
#include "workloads/machine_memory.hpp"

namespace splitbench {

namespace {
constexpr std::uint32_t kMaxLayers = 1000;  // as of a model
}

KvDump read_kv_shape(const std::filesystem::path& path) {
  constexpr std::uint64_t kMostBytes = 1 << 20;
  const std::string text = read_text(path, "a JSON file with the dump's shape", kMostBytes);
  const auto json = try_parse_foreign_json(text).value_or(nullptr);
  const auto shape = json.is_object() ? json.value("shape", nlohmann::json()) : nlohmann::json();
  const auto positive = [](const nlohmann::json& n) {
    return n.is_number_unsigned() && n.get<std::uint64_t>() > 0 &&
           n.get<std::uint64_t>() < 1u << 30;
  };
  if (!shape.is_array() || shape.size() != 4 || !std::ranges::all_of(shape, positive) ||
      shape[0] > kMaxLayers || shape[1] != 2)
    throw InputError(fmt::format(
        "{}: expected \"shape\": [layers, 2, tokens, kv_heads * head_dim] with at most {} layers",
        path.string(), kMaxLayers));
  const auto sequence = json.value("seq_len", nlohmann::json());
  return {.layers = shape[0],
          .tokens = shape[2],
          .width = shape[3],
          .sequence = positive(sequence) ? sequence.get<std::uint64_t>() : 0,
          .values = {}};
}

std::optional<ElementType> type_of_suffix(const std::filesystem::path& path) {
  if (path.extension() == ".bf16") return ElementType::bf16;
  if (path.extension() == ".e5m2") return ElementType::fp8_e5m2;
  if (path.extension() == ".e4m3") return ElementType::fp8_e4m3;
  return std::nullopt;
}

namespace {

/// Opens a dump that fits into half of the memory: it is held there, and once more as it is used.
InputFile open_dump(const std::filesystem::path& path) {
  return {path, "a dump of a KV cache", machine_memory() / 2};
}

KvDump describe_raw(const std::filesystem::path& path, std::uint64_t bytes) {
  std::filesystem::path json_path = path;
  KvDump dump = read_kv_shape(json_path.replace_extension(".json"));
  dump.element_type = type_of_suffix(path).value_or(ElementType::bf16);
  const std::uint64_t each = element_bytes(dump.element_type);
  const auto elements = static_cast<unsigned __int128>(dump.layers) * 2 * dump.tokens * dump.width;
  if (bytes != elements * each)
    throw InputError(fmt::format("{}: {} bytes, but its .json says [{}, 2, {}, {}], {} each",
                                 path.string(), bytes, dump.layers, dump.tokens, dump.width,
                                 each == 1 ? "one byte" : "two bytes"));
  return dump;
}

}  // namespace

KvDump describe_kv_dump(const std::filesystem::path& path, ElementType wanted) {
  KvDump dump = is_safetensors(path) ? describe_kv_safetensors(path)
                                     : describe_raw(path, open_dump(path).bytes());
  if (dump.element_type != wanted && dump.element_type != ElementType::bf16)
    throw InputError(fmt::format("{}: elements of {}, but kv_dtype is {}; only bf16 is rounded",
                                 path.string(), name(dump.element_type), name(wanted)));
  return dump;
}

KvDump load_kv_dump(const std::filesystem::path& path, ElementType wanted) {
  KvDump dump = describe_kv_dump(path, wanted);
  if (is_safetensors(path)) return load_kv_safetensors(path);
  dump.values.resize(dump.elements() * element_bytes(dump.element_type));
  open_dump(path).read_at(0, dump.values);
  return dump;
}

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

/// Returns the class of one part between dots: "k_proj" has one; "past_key_values" has both, and so
/// gives none.
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

/// Returns the number after "layers", or the only number in the name.
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

namespace {

/// The geometry of a tensor: sequences * tokens rows of heads * head_dim elements. With
/// heads_first, the heads of a sequence lie one after another.
struct Geometry {
  std::uint64_t sequences = 1, heads = 1, tokens = 0, head_dim = 0;
  bool heads_first = false;
};

Geometry geometry_of(const SafetensorsTensor& tensor) {
  const std::vector<std::uint64_t>& shape = tensor.shape;
  const auto sound = [](std::uint64_t n) { return n > 0 && n < 1u << 30; };
  if (shape.size() < 2 || shape.size() > 4 || !std::ranges::all_of(shape, sound))
    refuse(
        "tensor '{}' has shape [{}], expected [tokens, width], [tokens, heads, head_dim] or "
        "[sequences, heads, tokens, head_dim]",
        tensor.name, fmt::join(shape, ", "));
  if (shape.size() == 2) return {.tokens = shape[0], .head_dim = shape[1]};
  if (shape.size() == 3) return {.heads = shape[1], .tokens = shape[0], .head_dim = shape[2]};
  return {.sequences = shape[0],
          .heads = shape[1],
          .tokens = shape[2],
          .head_dim = shape[3],
          .heads_first = true};
}

/// Returns the tensors in the order of layers, K before V. Throws std::runtime_error unless every
/// one is there and they are alike.
std::vector<SafetensorsTensor> in_order(std::vector<SafetensorsTensor> tensors) {
  std::map<std::pair<std::uint32_t, std::string>, SafetensorsTensor> sorted;
  for (SafetensorsTensor& tensor : tensors) {
    if (!tensor.type) continue;
    const CodebookKey key = key_of_name(tensor.name);
    if (!key.layer || (key.tensor_class != "k" && key.tensor_class != "v"))
      refuse("tensor '{}': its name does not say its layer and whether it is k or v", tensor.name);
    const auto [at, is_new] =
        sorted.try_emplace({*key.layer, *key.tensor_class}, std::move(tensor));
    if (!is_new)
      refuse("tensors '{}' and '{}' are both {}", at->second.name, tensor.name, describe(key));
  }
  if (sorted.empty() && !tensors.empty())
    refuse("tensor '{}' is {}, expected tensors of BF16, F8_E5M2 or F8_E4M3", tensors[0].name,
           tensors[0].dtype);
  if (sorted.empty()) refuse("no tensors");
  std::vector<SafetensorsTensor> ordered;
  for (auto& [key, tensor] : sorted) {
    const auto layer = static_cast<std::uint32_t>(ordered.size() / 2);
    const std::string wanted = ordered.size() % 2 == 0 ? "k" : "v";
    if (key != std::pair(layer, wanted)) refuse("no tensor is layer {}, {}", layer, wanted);
    ordered.push_back(std::move(tensor));
    const SafetensorsTensor &first = ordered.front(), &last = ordered.back();
    if (first.type != last.type || first.shape != last.shape)
      refuse("tensors '{}' and '{}' differ in type or shape", first.name, last.name);
  }
  if (ordered.size() % 2 != 0) refuse("no tensor is layer {}, v", ordered.size() / 2);
  return ordered;
}

std::vector<std::byte> read(InputFile& file, std::uint64_t offset, std::uint64_t bytes) {
  std::vector<std::byte> contents(bytes);
  file.read_at(offset, contents);
  return contents;
}

std::vector<SafetensorsTensor> tensors_of(InputFile& file) {
  const std::uint64_t bytes = file.bytes();
  std::vector<std::byte> start = read(file, 0, std::min<std::uint64_t>(bytes, 8));
  std::uint64_t header = 0;
  std::ranges::copy(start, std::as_writable_bytes(std::span(&header, 1)).begin());
  if (header <= kMaxSafetensorsHeader && header < bytes)
    start = read(file, 0, std::min(bytes, 8 + header));
  return in_order(read_safetensors_layout(start, bytes).tensors);
}

KvDump shape_of(const std::vector<SafetensorsTensor>& tensors) {
  const Geometry geometry = geometry_of(tensors[0]);
  const std::uint64_t width = geometry.heads * geometry.head_dim;
  if (width > std::numeric_limits<std::uint32_t>::max())
    refuse("tensor '{}': {} elements a token are too many", tensors[0].name, width);
  return {.layers = static_cast<std::uint32_t>(tensors.size() / 2),
          .tokens = geometry.sequences * geometry.tokens,
          .width = static_cast<std::uint32_t>(width),
          .sequence = geometry.heads_first ? geometry.tokens : 0,
          .element_type = tensors[0].type.value(),
          .values = {}};
}

/// Appends a tensor's elements token by token.
void append(std::vector<std::byte>& values, std::span<const std::byte> tensor,
            const Geometry& geometry, ElementType type) {
  if (!geometry.heads_first) {
    values.insert(values.end(), tensor.begin(), tensor.end());
    return;
  }
  const std::uint64_t part = geometry.head_dim * element_bytes(type);
  for (std::uint64_t s = 0; s < geometry.sequences; ++s)
    for (std::uint64_t t = 0; t < geometry.tokens; ++t)
      for (std::uint64_t h = 0; h < geometry.heads; ++h) {
        const auto found =
            tensor.subspan(((s * geometry.heads + h) * geometry.tokens + t) * part, part);
        values.insert(values.end(), found.begin(), found.end());
      }
}

template <class Action>
auto of_file(const std::filesystem::path& path, Action action) {
  InputFile file = open_dump(path);
  try {
    return action(file);
  } catch (const InputError&) {
    throw;  // names the file already
  } catch (const std::runtime_error& error) {
    throw InputError(fmt::format("{}: {}", path.string(), error.what()));
  }
}

}  // namespace

KvDump describe_kv_safetensors(const std::filesystem::path& path) {
  return of_file(path, [](InputFile& file) { return shape_of(tensors_of(file)); });
}

KvDump load_kv_safetensors(const std::filesystem::path& path) {
  return of_file(path, [](InputFile& file) {
    const std::vector<SafetensorsTensor> tensors = tensors_of(file);
    KvDump dump = shape_of(tensors);
    dump.values.reserve(dump.elements() * element_bytes(dump.element_type));
    for (const SafetensorsTensor& tensor : tensors)
      append(dump.values, read(file, tensor.offset, tensor.bytes), geometry_of(tensor),
             dump.element_type);
    return dump;
  });
}

}  // namespace splitbench
