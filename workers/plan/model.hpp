#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "codec/element.hpp"

namespace splitbench {

/// The most elements of a token in a layer's K.
inline constexpr std::uint64_t kMostWidth = 1 << 24;
/// The most bytes of a layer's state, of a request.
inline constexpr std::uint64_t kMostState = 1'000'000'000;

/// The part of the cache that a tensor is. Latent is the one compressed tensor of multi-head latent
/// attention, index what a sparse attention chooses its tokens by, and state what a layer of linear
/// attention or a state-space layer keeps of all tokens together.
enum class TensorClass : std::uint8_t { k, v, latent, index, state };

/// A kind of layer, by what it keeps of a prompt.
struct LayerKind {
  enum class Keeps : std::uint8_t {
    tokens,   ///< K and V, or the latent tensor, of every token or of the last ones
    state,    ///< a state, which is as long whatever the prompt
    shared,   ///< nothing of its own: it attends to what a layer before it keeps
    nothing,  ///< nothing: it has no attention
  };

  Keeps keeps = Keeps::tokens;
  std::uint32_t window = 0;       ///< the last tokens that it attends to and keeps; 0: all
  std::uint64_t state_bytes = 0;  ///< of a request

  bool attends() const { return keeps == Keeps::tokens || keeps == Keeps::shared; }

  bool operator==(const LayerKind&) const = default;
};

/// A tensor of a model's cache: rows of elements, for each request.
struct CacheTensor {
  std::uint32_t layer = 0;
  TensorClass tensor_class = TensorClass::k;
  std::uint64_t width = 0;   ///< elements of a row, in the type of the cache
  std::uint32_t window = 0;  ///< the last tokens that have a row; 0: all
  bool once = false;         ///< a request has one row, whatever its tokens

  /// Returns whether the elements are the cache's numbers. Others, of a type of their own, are
  /// carried along as bytes, which no codec is for.
  bool coded() const {
    return tensor_class != TensorClass::index && tensor_class != TensorClass::state;
  }
  /// Returns the rows of a request of which so many tokens are sent.
  std::uint64_t rows(std::uint64_t tokens) const {
    if (once) return tokens > 0 ? 1 : 0;
    return window == 0 ? tokens : std::min<std::uint64_t>(tokens, window);
  }
  /// Returns the elements of requests of which so many tokens are sent.
  std::uint64_t elements(std::span<const std::uint64_t> request_tokens) const {
    std::uint64_t sum = 0;
    for (const std::uint64_t tokens : request_tokens) sum += rows(tokens);
    return sum * width;
  }

  bool operator==(const CacheTensor&) const = default;
};

/// The part of a cache that one shard has: tensor-parallel ranks cut it by KV heads (shards.hpp).
struct CachePart {
  std::uint32_t first_head = 0;
  std::uint32_t heads = 0;   ///< KV heads; 0: all. A latent tensor is not cut
  std::uint32_t states = 1;  ///< a state is cut into so many parts

  bool operator==(const CachePart&) const = default;
};

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
  /// Bytes per token and layer of the index of a sparse attention; 0 if there is none.
  std::uint32_t index_bytes = 0;
  /// The kind of each layer; none where all layers keep every token.
  std::vector<LayerKind> kinds = {};
  double active_parameters = 0;  ///< weights that one token passes through
  double total_parameters = 0;   ///< weights that lie in memory
  /// The part of the cache that width(), tensors() and elements() are about.
  CachePart part = {};

  /// Returns the model with the whole of its cache.
  ModelGeometry whole() const {
    ModelGeometry model = *this;
    model.part = {};
    return model;
  }
  LayerKind kind_of(std::uint32_t layer) const {
    return kinds.empty() ? LayerKind() : kinds[layer];
  }
  /// Returns whether the cache grows with every token by the same in all layers.
  bool is_uniform() const { return kinds.empty(); }
  /// Returns whether any layer has something in the cache.
  bool keeps_anything() const {
    return is_uniform() || std::ranges::any_of(kinds, [](const LayerKind& kind) {
             return kind.keeps == LayerKind::Keeps::tokens || kind.keeps == LayerKind::Keeps::state;
           });
  }
  /// Returns whether all tensors of the cache have the same shape.
  bool has_equal_tensors() const { return is_uniform() && index_bytes == 0; }
  /// Returns how many tensors hold the KV of a layer: K and V, or the latent one.
  std::uint32_t kv_tensors() const { return latent_dim > 0 ? 1 : 2; }

  /// Returns the elements per token of K, of V or of the latent tensor.
  std::uint32_t width() const {
    return latent_dim > 0 ? latent_dim : (part.heads > 0 ? part.heads : kv_heads) * head_dim;
  }
  /// Returns the tensors of the cache in the order of their numbers, layer by layer. In a cache of
  /// this type, bytes that are carried along take whole elements.
  std::vector<CacheTensor> tensors(ElementType) const;
  /// Returns the elements of the cache of a request of which so many tokens are sent.
  std::uint64_t elements(ElementType, std::uint64_t tokens) const;

  /// Returns the bytes of the weights that `tokens` tokens together pass through: a few tokens do
  /// not reach all of a mixture of experts.
  double weight_bytes(double tokens) const {
    constexpr double kBytesPerWeight = 2;
    return kBytesPerWeight * std::min(total_parameters, active_parameters * tokens);
  }

  bool operator==(const ModelGeometry&) const = default;
};

/// Returns the part of a model whose cache codecs are for: its layers that keep K and V or a latent
/// tensor, at most so many, as if they kept it of every token. It may have no layers.
ModelGeometry coded_part(ModelGeometry, std::uint32_t most_layers);

}  // namespace splitbench
