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

}  // namespace splitbench
