#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace splitbench {

/// The part of the cache that a tensor is. Latent is the one compressed tensor of multi-head latent
/// attention.
enum class TensorClass : std::uint8_t { k, v, latent };

/// The shape of a model, as far as its KV cache and the time of its layers depend on it
/// (configs/models/).
struct ModelGeometry {
  std::string name;
  std::uint32_t layers = 0;
  std::uint32_t hidden = 0;
  std::uint32_t attention_heads = 0;
  std::uint32_t kv_heads = 0;  ///< 0 for latent attention
  std::uint32_t head_dim = 0;
  /// Elements of the latent tensor per token and layer, rope part included; 0 if there is none.
  std::uint32_t latent_dim = 0;
  double active_parameters = 0;  ///< weights that one token passes through
  double total_parameters = 0;   ///< weights that lie in memory

  /// Returns the classes of a layer's tensors, in the order of their numbers: K and V, or latent
  /// alone.
  std::vector<TensorClass> tensor_classes() const {
    if (latent_dim > 0) return {TensorClass::latent};
    return {TensorClass::k, TensorClass::v};
  }
  /// Returns the elements of one tensor of one layer per token.
  std::uint32_t width() const { return latent_dim > 0 ? latent_dim : kv_heads * head_dim; }
  /// Returns the KV elements per token, over all layers.
  std::uint64_t elements_per_token() const {
    return std::uint64_t{layers} * width() * (latent_dim > 0 ? 1 : 2);
  }

  /// Returns the bytes of the weights that `tokens` tokens together pass through: a few tokens do
  /// not reach all of a mixture of experts.
  double weight_bytes(double tokens) const {
    constexpr double kBytesPerWeight = 2;
    return kBytesPerWeight * std::min(total_parameters, active_parameters * tokens);
  }

  bool operator==(const ModelGeometry&) const = default;
};

}  // namespace splitbench
