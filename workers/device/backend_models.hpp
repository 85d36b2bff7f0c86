#pragma once
#include "workers/plan/model.hpp"

// Small models that the tests of backends share.
namespace splitbench {

inline const ModelGeometry kGrouped{.name = "grouped",
                                    .layers = 5,
                                    .hidden = 256,
                                    .attention_heads = 8,
                                    .kv_heads = 4,
                                    .head_dim = 32};
/// A model with latent KV of a width that leaves gaps between tensors of FP8.
inline const ModelGeometry kLatent{.name = "latent",
                                   .layers = 3,
                                   .hidden = 256,
                                   .attention_heads = 8,
                                   .kv_heads = 0,
                                   .head_dim = 32,
                                   .latent_dim = 72};
/// A model whose layers keep all tokens, some or none, or a state.
inline const ModelGeometry kHybrid{
    .name = "hybrid",
    .layers = 6,
    .hidden = 256,
    .attention_heads = 8,
    .kv_heads = 4,
    .head_dim = 32,
    .kinds = {{.window = 100},
              {},
              {.keeps = LayerKind::Keeps::state, .state_bytes = 70'008},
              {.keeps = LayerKind::Keeps::nothing},
              {.window = 1000},
              {.keeps = LayerKind::Keeps::shared}}};
/// A model with latent KV and the index of a sparse attention.
inline const ModelGeometry kIndexed{.name = "indexed",
                                    .layers = 2,
                                    .hidden = 256,
                                    .attention_heads = 8,
                                    .kv_heads = 0,
                                    .head_dim = 32,
                                    .latent_dim = 72,
                                    .index_bytes = 136};

}  // namespace splitbench
