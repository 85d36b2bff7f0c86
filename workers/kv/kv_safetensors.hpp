#pragma once
#include <filesystem>

#include "workers/kv/kv_dump.hpp"

namespace splitbench {

/// The shape of the cache in a .safetensors file; no values. Its tensors' names say layer and class
/// ("layers.3.k"), and all of them have one type and one shape: [tokens, width], [tokens, heads,
/// head_dim], or [sequences, heads, tokens, head_dim] as transformers keep it. Throws InputError
/// that names the file.
KvDump describe_kv_safetensors(const std::filesystem::path&);

/// The same with its values, token by token.
KvDump load_kv_safetensors(const std::filesystem::path&);

}  // namespace splitbench
