#include "sim/cli/dump_file.hpp"

#include <algorithm>
#include <fmt/core.h>
#include <utility>

#include "codec/frame.hpp"
#include "workers/kv/kv_dump.hpp"
#include "workers/kv/safetensors.hpp"
#include "workloads/files.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kExpected = "tensors";

/// K and V of each layer.
std::vector<Tensor> split_by_shape(const fs::path& path, const KvDump& shape, ElementType type,
                                   std::span<const std::byte> raw) {
  const auto each =
      static_cast<unsigned __int128>(shape.tokens) * shape.width * element_bytes(type);
  if (each * shape.layers * 2 != raw.size()) {
    throw InputError(fmt::format("{}: {} bytes, but its .json says [{}, 2, {}, {}] of {}",
                                 path.string(), raw.size(), shape.layers, shape.tokens, shape.width,
                                 name(type)));
  }
  const auto bytes = static_cast<std::uint64_t>(each);
  std::vector<Tensor> tensors;
  for (std::uint32_t i = 0; i < 2 * shape.layers; ++i) {
    const CodebookKey key{.layer = i / 2, .tensor_class = i % 2 == 0 ? "k" : "v"};
    tensors.push_back({.name = describe(key),
                       .key = key,
                       .type = type,
                       .dtype = {},
                       .raw = raw.subspan(i * bytes, bytes)});
  }
  return tensors;
}

std::vector<Tensor> raw_tensors(const fs::path& path, ElementType type,
                                std::span<const std::byte> raw) {
  if (raw.size() % element_bytes(type) != 0) {
    throw InputError(fmt::format("{}: {} bytes are not whole elements of {} bytes", path.string(),
                                 raw.size(), element_bytes(type)));
  }
  const fs::path json = fs::path(path).replace_extension(".json");
  if (json == path || !fs::exists(json))
    return {{.name = describe(CodebookKey{}), .key = {}, .type = type, .dtype = {}, .raw = raw}};
  return split_by_shape(path, read_kv_shape(json), type, raw);
}

Dump from_safetensors(const fs::path& path, std::vector<std::byte> file,
                      std::optional<ElementType> wanted) {
  Dump dump{.path = path.string(), .file = std::move(file), .preface = {}, .tensors = {}};
  const std::span<const std::byte> bytes = dump.file;
  try {
    const SafetensorsLayout layout = read_safetensors_layout(bytes, bytes.size());
    dump.preface = bytes.first(layout.header_bytes);
    bool used = !wanted;
    for (const SafetensorsTensor& tensor : layout.tensors) {
      const bool held = wanted && tensor.may_hold(*wanted);
      used |= held;
      dump.tensors.push_back({.name = tensor.name,
                              .key = key_of_name(tensor.name),
                              .type = held ? wanted : tensor.type,
                              .dtype = tensor.dtype,
                              .raw = bytes.subspan(tensor.offset, tensor.bytes)});
    }
    if (!used)
      throw std::runtime_error(fmt::format(
          "--type {} is for raw elements and for tensors of {}, of which there are none; these "
          "tensors say their types themselves",
          name(*wanted), element_bytes(*wanted) == 1 ? "U8 or I8" : "U16 or I16"));
  } catch (const std::runtime_error& error) {
    throw InputError(fmt::format("{}: {}", path.string(), error.what()));
  }
  return dump;
}

void check_lengths(const Dump& dump) {
  for (const Tensor& tensor : dump.tensors) {
    const std::uint64_t elements =
        tensor.raw.size() / (tensor.type ? element_bytes(*tensor.type) : 1);
    if (elements <= kMaxElements) continue;
    throw InputError(fmt::format("{}: {}: {} elements, a frame holds at most {}; split the tensor",
                                 dump.path, tensor.name, elements, kMaxElements));
  }
}

}  // namespace

Dump read_dump(const fs::path& path, std::optional<ElementType> wanted) {
  Dump dump{.path = path.string(), .file = {}, .preface = {}, .tensors = {}};
  if (is_safetensors(path)) {
    dump = from_safetensors(path, read_bytes(path, kExpected), wanted);
  } else {
    const auto type = wanted ? wanted : type_of_suffix(path);
    dump.file = read_bytes(path, kExpected);
    dump.tensors = raw_tensors(path, type.value_or(ElementType::bf16), dump.file);
  }
  check_lengths(dump);
  return dump;
}

}  // namespace splitbench
