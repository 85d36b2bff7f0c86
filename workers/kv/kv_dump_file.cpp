#include "workers/kv/kv_dump_file.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>

#include "workers/kv/kv_safetensors.hpp"
#include "workers/kv/safetensors.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {

KvDump read_kv_shape(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file)
    throw InputError(fmt::format("{}: no such file; it gives the dump's shape", path.string()));
  const auto json = nlohmann::json::parse(file, nullptr, false);
  const auto shape = json.is_object() ? json.value("shape", nlohmann::json()) : nlohmann::json();
  const auto positive = [](const nlohmann::json& n) {
    return n.is_number_unsigned() && n.get<std::uint64_t>() > 0 &&
           n.get<std::uint64_t>() < 1u << 30;
  };
  if (!shape.is_array() || shape.size() != 4 || !std::ranges::all_of(shape, positive) ||
      shape[1] != 2)
    throw InputError(fmt::format("{}: expected \"shape\": [layers, 2, tokens, kv_heads * head_dim]",
                                 path.string()));
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

KvDump describe_raw(const std::filesystem::path& path) {
  std::error_code error;
  const std::uint64_t bytes = std::filesystem::file_size(path, error);
  if (error) throw InputError(fmt::format("{}: {}", path.string(), error.message()));
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
  KvDump dump = is_safetensors(path) ? describe_kv_safetensors(path) : describe_raw(path);
  if (dump.element_type != wanted && dump.element_type != ElementType::bf16)
    throw InputError(fmt::format("{}: elements of {}, but kv_dtype is {}; only bf16 is rounded",
                                 path.string(), name(dump.element_type), name(wanted)));
  return dump;
}

KvDump load_kv_dump(const std::filesystem::path& path, ElementType wanted) {
  KvDump dump = describe_kv_dump(path, wanted);
  if (is_safetensors(path)) return load_kv_safetensors(path);
  dump.values.resize(dump.elements() * element_bytes(dump.element_type));
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(dump.values.data()),
            static_cast<std::streamsize>(dump.values.size()));
  if (!file) throw InputError(fmt::format("{}: cannot be read", path.string()));
  return dump;
}

}  // namespace splitbench
