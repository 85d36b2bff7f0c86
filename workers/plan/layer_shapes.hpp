#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "workers/plan/model.hpp"

namespace splitbench {

/// How wide one layer of a model is on one of `scale` devices that share it: heads are divided,
/// and the feed-forward network is as wide as it must be for all of the layer to have the model's
/// weights. Widths suit matrix units, so that its FLOPs are the model's within a few percent.
struct LayerShape {
  LayerShape(const ModelGeometry&, double scale);

  std::uint64_t query_heads() const { return kv_heads * group; }
  std::uint64_t query_width() const { return query_heads() * head_dim; }
  std::uint64_t weights() const;

  std::uint64_t hidden;
  std::uint64_t kv_heads;  ///< 1 for latent attention: all heads read the same tensor
  std::uint64_t group;     ///< query heads to a KV head
  std::uint64_t head_dim;
  std::uint64_t kv_width;  ///< of a token: K and V of all heads, or the latent tensor
  std::uint64_t inner;     ///< of the feed-forward network
};

/// One call for matrix products in a layer: `batch` times rows x depth by depth x columns.
struct LayerStep {
  enum class Product : std::uint8_t { query, key_value, scores, values, output, gate_up, down };

  Product product;
  std::uint64_t rows;  ///< of activations; of attention those of all query heads to a KV head
  std::uint64_t columns;
  std::uint64_t depth;
  std::uint64_t batch = 1;
  std::uint64_t first_query = 0;  ///< attention: token of the piece
  std::uint64_t first_key = 0;    ///< token of the prompts, laid end to end
  bool adds = false;              ///< values: to those of earlier keys

  double flops() const;
};

/// Prompts, laid end to end, pass a layer in pieces of so many tokens, so that activations stay
/// bounded.
inline constexpr std::uint64_t kPieceTokens = 8192;

/// Scores are bounded too: of so many queries (over all heads, as far as that is possible) and
/// keys at once. Key extents are rounded up to kKeyStep.
inline constexpr std::uint64_t kKeysAtOnce = 2048;
inline constexpr std::uint64_t kKeyStep = 64;
std::uint64_t queries_at_once(const LayerShape&);

/// What one layer's prefill of these prompts takes, in order. Attention is causal by prompt.
std::vector<LayerStep> layer_steps(const LayerShape&, std::span<const std::uint64_t> prompt_tokens);

/// Of all steps together.
double layer_flops(const LayerShape&, std::span<const std::uint64_t> prompt_tokens);

}  // namespace splitbench
