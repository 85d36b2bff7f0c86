#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "codec/codebook_file.hpp"
#include "codec/element.hpp"

namespace splitbench {

/// The KV cache of a real model: little-endian [layers][K, V][tokens][width].
struct KvDump {
  std::uint32_t layers = 0;
  std::uint64_t tokens = 0;
  std::uint32_t width = 0;     ///< KV heads times head dimension
  std::uint64_t sequence = 0;  ///< tokens of a context, where that is known; else 0: all are one's
  ElementType element_type = ElementType::bf16;
  std::vector<std::byte> values;

  std::uint64_t elements() const { return std::uint64_t{layers} * 2 * tokens * width; }
};

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
