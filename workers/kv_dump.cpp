#include "workers/kv_dump.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>

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
  return {.layers = shape[0], .tokens = shape[2], .width = shape[3], .values = {}};
}

KvDump describe_kv_dump(const std::filesystem::path& path) {
  std::error_code error;
  const std::uint64_t bytes = std::filesystem::file_size(path, error);
  if (error) throw InputError(fmt::format("{}: {}", path.string(), error.message()));
  std::filesystem::path json_path = path;
  const KvDump dump = read_kv_shape(json_path.replace_extension(".json"));

  const auto elements = static_cast<unsigned __int128>(dump.layers) * 2 * dump.tokens * dump.width;
  if (bytes != elements * 2)
    throw InputError(fmt::format("{}: {} bytes, but its .json says [{}, 2, {}, {}], two bytes each",
                                 path.string(), bytes, dump.layers, dump.tokens, dump.width));
  return dump;
}

KvDump load_kv_dump(const std::filesystem::path& path) {
  KvDump dump = describe_kv_dump(path);
  dump.values.resize(std::uint64_t{dump.layers} * 2 * dump.tokens * dump.width);
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(dump.values.data()),
            static_cast<std::streamsize>(dump.values.size() * sizeof(std::uint16_t)));
  if (!file) throw InputError(fmt::format("{}: cannot be read", path.string()));
  return dump;
}

}  // namespace splitbench
