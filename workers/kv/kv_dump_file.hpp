#pragma once
#include <filesystem>
#include <optional>

#include "workers/kv/kv_dump.hpp"

namespace splitbench {

/// The shape that a dump's .json gives, and the length of its contexts where it says "seq_len"; no
/// values. Throws InputError naming the file.
KvDump read_kv_shape(const std::filesystem::path& json);

/// What the suffix .bf16, .e5m2 or .e4m3 says that raw elements are.
std::optional<ElementType> type_of_suffix(const std::filesystem::path&);

/// The type of a dump (without one of these suffixes: bf16) and its shape, which stands in the
/// .json beside it, or in a .safetensors file itself; no values. Throws InputError naming the file
/// when either is missing or malformed, when the size disagrees with the shape, or when the
/// elements are neither of the type wanted nor bf16, which can be rounded to it.
KvDump describe_kv_dump(const std::filesystem::path&, ElementType wanted);

/// The same with its values, as they are in the file.
KvDump load_kv_dump(const std::filesystem::path&, ElementType wanted);

}  // namespace splitbench
