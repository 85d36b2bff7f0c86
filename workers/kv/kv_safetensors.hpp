#pragma once
#include <filesystem>
#include <string_view>

#include "codec/codebook_file.hpp"
#include "workers/kv/kv_dump.hpp"

namespace splitbench {

/// What a tensor's name says about it: layer and class of "layers.3.k", "key_cache.3",
/// "model.layers.3.self_attn.k_proj" and "past_key_values.3.key". What it does not say, or says
/// in two ways, is not set.
CodebookKey key_of_name(std::string_view tensor_name);

/// The shape of the cache in a .safetensors file; no values. Its tensors' names say layer and class
/// ("layers.3.k"), and all of them have one type and one shape: [tokens, width], [tokens, heads,
/// head_dim], or [sequences, heads, tokens, head_dim] as transformers keep it. Throws InputError
/// that names the file.
KvDump describe_kv_safetensors(const std::filesystem::path&);

/// The same with its values, token by token.
KvDump load_kv_safetensors(const std::filesystem::path&);

}  // namespace splitbench
