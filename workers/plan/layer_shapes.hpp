#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "workers/plan/model.hpp"

namespace splitbench {

/// The widths of one layer of a model on one of `scale` devices that share it. Heads are divided
/// among the devices, and the feed-forward network is as wide as it must be for the layer to have
/// the model's weights. Widths suit matrix units, so the layer's FLOPs are the model's within a few
/// percent.
struct LayerShape {
  LayerShape(const ModelGeometry&, double scale);

  std::uint64_t query_heads() const { return kv_heads * group; }
  std::uint64_t query_width() const { return query_heads() * head_dim; }
  /// Returns the number of weights that the device has of the layer.
  std::uint64_t weights() const;

  std::uint64_t hidden;
  std::uint64_t kv_heads;  ///< 1 for latent attention: all heads read the same tensor
  std::uint64_t group;     ///< query heads per KV head
  std::uint64_t head_dim;
  std::uint64_t kv_width;  ///< elements per token: K and V of all heads, or the latent tensor
  std::uint64_t inner;     ///< width of the feed-forward network
};

/// One call for matrix products in a layer: `batch` products of a rows x depth by a depth x columns
/// matrix.
struct LayerStep {
  enum class Product : std::uint8_t { query, key_value, scores, values, output, gate_up, down };

  Product product;
  std::uint64_t rows;  ///< rows of activations; in attention, those of all query heads of a KV head
  std::uint64_t columns;
  std::uint64_t depth;
  std::uint64_t batch = 1;
  std::uint64_t first_query = 0;  ///< attention: first query token within the piece
  std::uint64_t first_key = 0;    ///< first key token within the prompts, laid end to end
  bool adds = false;              ///< values: adds to the result for earlier keys

  double flops() const;
};

/// The most tokens of a piece. Prompts, laid end to end, pass a layer in pieces, so that
/// activations stay bounded.
inline constexpr std::uint64_t kPieceTokens = 8192;

/// The most keys of an attention step, which with queries_at_once() bounds the scores. Key extents
/// are rounded up to kKeyStep.
inline constexpr std::uint64_t kKeysAtOnce = 2048;
inline constexpr std::uint64_t kKeyStep = 64;
/// Returns the most queries of an attention step: fewer for more heads, as far as that is possible.
std::uint64_t queries_at_once(const LayerShape&);

/// Returns the steps of one layer's prefill of these prompts, in order. Attention is causal within
/// each prompt.
std::vector<LayerStep> layer_steps(const LayerShape&, std::span<const std::uint64_t> prompt_tokens);

/// Returns the FLOPs of all steps of layer_steps() together.
double layer_flops(const LayerShape&, std::span<const std::uint64_t> prompt_tokens);

}  // namespace splitbench
