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

/// A KV cache, of a real model or generated. `values` holds little-endian elements as
/// [layers][K, V][tokens][width], or nothing if only the shape was read.
struct KvDump {
  std::uint32_t layers = 0;
  std::uint64_t tokens = 0;
  std::uint32_t width = 0;     ///< KV heads times head dimension
  std::uint64_t sequence = 0;  ///< tokens per context; 0 if unknown: all are one context
  ElementType element_type = ElementType::bf16;
  std::vector<std::byte> values;

  std::uint64_t elements() const { return std::uint64_t{layers} * 2 * tokens * width; }
};

/// Returns the shape that a dump's .json gives, and the length of its contexts if the file has
/// "seq_len"; no values. Throws InputError naming the file if it is missing or malformed.
KvDump read_kv_shape(const std::filesystem::path& json);

/// Returns the type of raw elements by the suffix .bf16, .e5m2 or .e4m3; nothing for other
/// suffixes.
std::optional<ElementType> type_of_suffix(const std::filesystem::path&);

/// Returns the type of a dump (bf16 without one of these suffixes) and its shape, which is in the
/// .json beside it or in the .safetensors file itself; no values. Throws InputError naming the file
/// if either is missing or malformed, if the size disagrees with the shape, or if the elements are
/// neither of the type wanted nor bf16, which can be rounded to it.
KvDump describe_kv_dump(const std::filesystem::path&, ElementType wanted);

/// Returns the dump with its values, in the type of the file. Throws as describe_kv_dump() does.
KvDump load_kv_dump(const std::filesystem::path&, ElementType wanted);

/// Returns the layer and class that a tensor's name gives: "layers.3.k", "key_cache.3",
/// "model.layers.3.self_attn.k_proj" and "past_key_values.3.key". A part that the name does not
/// give, or gives in two ways, is not set.
CodebookKey key_of_name(std::string_view tensor_name);

/// Returns the shape of the cache in a .safetensors file; no values. The tensors' names give layer
/// and class ("layers.3.k"), and all have one type and one shape: [tokens, width], [tokens, heads,
/// head_dim], or [sequences, heads, tokens, head_dim] as transformers keeps it. Tensors of types
/// that are not the codec's, such as scales, are left out. Throws InputError naming the file.
KvDump describe_kv_safetensors(const std::filesystem::path&);

/// Returns the cache with its values, token by token. Throws InputError naming the file.
KvDump load_kv_safetensors(const std::filesystem::path&);

}  // namespace splitbench
