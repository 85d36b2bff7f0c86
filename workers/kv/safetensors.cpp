#include "workers/kv/safetensors.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>
#include <tuple>
#include <utility>

#include "workers/kv/refuse.hpp"
#include "workloads/foreign_json.hpp"

namespace splitbench {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::size_t kMaxTensors = 20'000;  // a histogram of each takes 2 KiB

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

std::optional<ElementType> element_type_of(std::string_view dtype) {
  if (dtype == "BF16") return ElementType::bf16;
  if (dtype == "F8_E5M2" || dtype == "F8_E5M2FNUZ") return ElementType::fp8_e5m2;
  if (dtype == "F8_E4M3" || dtype == "F8_E4M3FNUZ") return ElementType::fp8_e4m3;
  return std::nullopt;
}

/// Returns the bits of an element; 0 if this type is not known.
unsigned bits_of(std::string_view dtype) {
  constexpr std::pair<std::string_view, unsigned> kWidths[] = {
      {"F4", 4},          {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"BOOL", 8},    {"U8", 8},
      {"I8", 8},          {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8},
      {"F8_E5M2FNUZ", 8}, {"U16", 16},    {"I16", 16},    {"F16", 16},    {"BF16", 16},
      {"U32", 32},        {"I32", 32},    {"F32", 32},    {"C64", 64},    {"U64", 64},
      {"I64", 64},        {"F64", 64},
  };
  const auto found =
      std::ranges::find(kWidths, dtype, [](const auto& width) { return width.first; });
  return found == std::ranges::end(kWidths) ? 0 : found->second;
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
                             unsigned bits) {
  unsigned __int128 all = bits;
  for (const std::uint64_t length : shape) {
    all *= length;
    if (all / 8 > ~std::uint64_t{0}) refuse("tensor '{}': its shape exceeds 2^64 bytes", name);
  }
  if (all % 8 != 0) refuse("tensor '{}': its shape is not of whole bytes", name);
  return static_cast<std::uint64_t>(all / 8);
}

SafetensorsTensor tensor_from_json(const std::string& name, const Json& json,
                                   std::uint64_t data_bytes) {
  if (!json.is_object()) refuse("tensor '{}' is not described by an object", name);
  const Json& dtype = field(name, json, "dtype");
  if (!dtype.is_string()) refuse("tensor '{}': its dtype is not a string", name);
  const auto type = dtype.get<std::string>();
  std::vector<std::uint64_t> shape = shape_of(name, field(name, json, "shape"));
  const Json& offsets = field(name, json, "data_offsets");
  const auto unsigned_number = [](const Json& offset) { return offset.is_number_unsigned(); };
  if (!offsets.is_array() || offsets.size() != 2 || !std::ranges::all_of(offsets, unsigned_number))
    refuse("tensor '{}': its data_offsets are not [begin, end]", name);
  const auto begin = offsets[0].get<std::uint64_t>(), end = offsets[1].get<std::uint64_t>();
  if (begin > end || end > data_bytes) {
    refuse("tensor '{}': bytes {} to {} are not within the file's {} bytes of elements", name,
           begin, end, data_bytes);
  }
  const unsigned bits = bits_of(type);
  const std::uint64_t bytes = bits == 0 ? end - begin : bytes_of_shape(name, shape, bits);
  if (end - begin != bytes)
    refuse("tensor '{}': {} bytes, but its shape says {}", name, end - begin, bytes);
  return {.name = name,
          .dtype = type,
          .type = element_type_of(type),
          .offset = begin,
          .bytes = bytes,
          .shape = std::move(shape)};
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

bool SafetensorsTensor::may_hold(ElementType held) const {
  if (element_bytes(held) == 1) return dtype == "U8" || dtype == "I8";
  return dtype == "U16" || dtype == "I16";
}

bool is_safetensors(const std::filesystem::path& path) {
  return path.extension() == ".safetensors";
}

}  // namespace splitbench
