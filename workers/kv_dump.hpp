#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

namespace splitbench {

/// The KV cache of a real model: little-endian bf16 [layers][K, V][tokens][width].
struct KvDump {
  std::uint32_t layers = 0;
  std::uint64_t tokens = 0;
  std::uint32_t width = 0;  ///< KV heads times head dimension
  std::vector<std::uint16_t> values;
};

/// The shape that a dump's .json gives; no values. Throws InputError naming the file.
KvDump read_kv_shape(const std::filesystem::path& json);

/// The shape of a dump, which stands in the .json beside it; no values. Throws InputError naming
/// the file when either is missing or malformed, or when the size disagrees with the shape.
KvDump describe_kv_dump(const std::filesystem::path&);

/// The same with its values.
KvDump load_kv_dump(const std::filesystem::path&);

}  // namespace splitbench
