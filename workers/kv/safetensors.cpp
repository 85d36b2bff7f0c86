#include "workers/kv/safetensors.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>
#include <tuple>
#include <utility>

#include "workloads/foreign_json.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::size_t kMaxTensors = 20'000;  // a histogram of each takes 2 KiB

template <typename... Arguments>
[[noreturn]] void refuse(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  throw std::runtime_error(fmt::format(text, std::forward<Arguments>(arguments)...));
}

Json parse_header(std::string_view text) {
  if (!text.starts_with('{')) refuse("not a .safetensors file: its header does not begin with {{");
  if (text.find('\0') != text.npos) refuse("its header holds a zero byte");
  Json json;
  try {
    json = parse_foreign_json(text);
  } catch (const JsonError& error) {
    refuse("its header: {}", error.what());
  }
  const auto metadata = json.find("__metadata__");
  if (metadata == json.end()) return json;
  const bool strings = metadata->is_object() &&
                       std::ranges::all_of(*metadata, [](const Json& v) { return v.is_string(); });
  if (!strings) refuse("its __metadata__ is not an object of strings");
  return json;
}

ElementType element_type_of(const std::string& name, const std::string& dtype) {
  if (dtype == "BF16") return ElementType::bf16;
  if (dtype == "F8_E5M2") return ElementType::fp8_e5m2;
  if (dtype == "F8_E4M3") return ElementType::fp8_e4m3;
  refuse(
      "tensor '{}' is {}, expected BF16, F8_E5M2 or F8_E4M3; convert it or leave it out of the "
      "file",
      name, dtype);
}

const Json& field(const std::string& name, const Json& tensor, const char* key) {
  const auto found = tensor.find(key);
  if (found == tensor.end()) refuse("tensor '{}' has no {}", name, key);
  return *found;
}

std::vector<std::uint64_t> shape_of(const std::string& name, const Json& json) {
  std::vector<std::uint64_t> shape;
  if (!json.is_array()) refuse("tensor '{}': its shape is not an array", name);
  for (const Json& length : json) {
    if (!length.is_number_unsigned())
      refuse("tensor '{}': its shape has {}, expected a count", name,
             length.is_structured() ? length.type_name() : length.dump());
    shape.push_back(length.get<std::uint64_t>());
  }
  return shape;
}

std::uint64_t bytes_of_shape(const std::string& name, std::span<const std::uint64_t> shape,
                             ElementType type) {
  unsigned __int128 bytes = element_bytes(type);
  for (const std::uint64_t length : shape) {
    bytes *= length;
    if (bytes > ~std::uint64_t{0}) refuse("tensor '{}': its shape exceeds 2^64 bytes", name);
  }
  return static_cast<std::uint64_t>(bytes);
}

SafetensorsTensor tensor_from_json(const std::string& name, const Json& json,
                                   std::uint64_t data_bytes) {
  if (!json.is_object()) refuse("tensor '{}' is not described by an object", name);
  const Json& dtype = field(name, json, "dtype");
  if (!dtype.is_string()) refuse("tensor '{}': its dtype is not a string", name);
  const ElementType type = element_type_of(name, dtype.get<std::string>());
  std::vector<std::uint64_t> shape = shape_of(name, field(name, json, "shape"));
  const std::uint64_t bytes = bytes_of_shape(name, shape, type);
  const Json& offsets = field(name, json, "data_offsets");
  const auto unsigned_number = [](const Json& offset) { return offset.is_number_unsigned(); };
  if (!offsets.is_array() || offsets.size() != 2 || !std::ranges::all_of(offsets, unsigned_number))
    refuse("tensor '{}': its data_offsets are not [begin, end]", name);
  const auto begin = offsets[0].get<std::uint64_t>(), end = offsets[1].get<std::uint64_t>();
  if (begin > end || end > data_bytes) {
    refuse("tensor '{}': bytes {} to {} are not within the file's {} bytes of elements", name,
           begin, end, data_bytes);
  }
  if (end - begin != bytes)
    refuse("tensor '{}': {} bytes, but its shape says {}", name, end - begin, bytes);
  return {.name = name, .type = type, .offset = begin, .bytes = bytes, .shape = std::move(shape)};
}

/// Checks that each tensor begins where the one before it ends, and the last ends with the file.
void check_that_they_fill(std::span<const SafetensorsTensor> tensors, std::uint64_t data_bytes) {
  std::uint64_t end = 0;
  for (const SafetensorsTensor& tensor : tensors) {
    if (tensor.offset != end) {
      refuse("tensor '{}' begins at byte {} of the elements, but the one before it ends at {}",
             tensor.name, tensor.offset, end);
    }
    end += tensor.bytes;
  }
  if (end != data_bytes)
    refuse("the last tensor ends at byte {} of the file's {} bytes of elements", end, data_bytes);
}

}  // namespace

SafetensorsLayout read_safetensors_layout(std::span<const std::byte> start,
                                          std::uint64_t file_bytes) {
  std::uint64_t length = 0;
  if (start.size() < kLengthBytes) refuse("not a .safetensors file: shorter than 8 bytes");
  std::memcpy(&length, start.data(), kLengthBytes);
  if (length > kMaxSafetensorsHeader)
    refuse("not a .safetensors file: a header of {} bytes, expected at most {}", length,
           kMaxSafetensorsHeader);
  if (length > start.size() - kLengthBytes)
    refuse("the file ends within its header of {} bytes", length);
  SafetensorsLayout layout{.header_bytes = kLengthBytes + length, .tensors = {}};
  const std::uint64_t data_bytes = file_bytes - layout.header_bytes;
  const auto* const text = reinterpret_cast<const char*>(start.data() + kLengthBytes);

  const Json header = parse_header({text, length});
  if (header.size() - header.count("__metadata__") > kMaxTensors)
    refuse("its header has {} tensors, expected at most {}",
           header.size() - header.count("__metadata__"), kMaxTensors);
  for (const auto& [name, json] : header.items()) {
    if (name != "__metadata__") layout.tensors.push_back(tensor_from_json(name, json, data_bytes));
  }
  std::ranges::sort(layout.tensors, {}, [](const SafetensorsTensor& tensor) {
    return std::tie(tensor.offset, tensor.bytes, tensor.name);
  });
  check_that_they_fill(layout.tensors, data_bytes);
  for (SafetensorsTensor& tensor : layout.tensors) tensor.offset += layout.header_bytes;
  return layout;
}

bool is_safetensors(const std::filesystem::path& path) {
  return path.extension() == ".safetensors";
}

}  // namespace splitbench
