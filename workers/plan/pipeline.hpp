#pragma once
#include <cstdint>

#include "codec/element.hpp"
#include "workers/plan/chunk_plan.hpp"
#include "workers/plan/job.hpp"
#include "workers/plan/model.hpp"
#include "workers/plan/settings.hpp"

namespace splitbench {

/// The settings by which workers move KV: the keys of a scenario that both ends of a transfer must
/// agree on.
struct Pipeline {
  ModelGeometry model;
  ElementType element_type = ElementType::bf16;
  /// If false, chunks go one at a time from encode to install, and none before compute ends.
  bool overlap = true;
  Granularity granularity = Granularity::layer_group;
  std::uint32_t layer_group = 4;       ///< layers per group
  std::uint64_t staging = 64'000'000;  ///< bytes of staging memory per worker
  std::uint64_t chunk = 0;             ///< bytes of raw KV per chunk; 0: plan_staging chooses
  /// True if the device's encoder writes into staging memory itself, without a copy after it.
  bool fused_encode = false;
  Verify verify = Verify::deferred;

  /// Returns how many layers a group has; the last group may have fewer.
  std::uint32_t layers_per_group() const {
    return granularity == Granularity::request ? model.layers : layer_group;
  }
  /// Returns how many groups of layers the model has. It must have at least one layer.
  std::uint32_t groups() const {
    return (model.layers + layers_per_group() - 1) / layers_per_group();
  }
  /// Returns how many packs, or unpacks, of a worker may overlap.
  std::uint32_t at_once() const { return overlap ? kAtOnce : 1; }
  static constexpr std::uint32_t kAtOnce = 4;

  /// Returns the division of the staging memory; throws InputError if that is too small.
  StagingPlan staging_plan() const { return plan_staging(staging, chunk); }
  /// Returns the chunks of a job of `tokens` tokens; throws as staging_plan() does.
  std::vector<Chunk> chunks(std::uint64_t tokens) const {
    return plan_chunks(model, element_type, tokens, layers_per_group(), staging_plan().chunk_bytes);
  }

  KvLayout layout(const Job& job) const { return {model, element_type, job}; }
  std::uint64_t bytes_of(std::uint64_t elements) const {
    return elements * element_bytes(element_type);
  }
  /// Returns the bytes of raw KV per token, over all layers.
  std::uint64_t bytes_per_token() const { return bytes_of(model.elements_per_token()); }
  /// Returns the most tokens of a job that fit into `bytes` of KV memory. The model must have at
  /// least one layer.
  std::uint64_t tokens_within(std::uint64_t bytes) const {
    std::uint64_t tokens = bytes / bytes_per_token();
    while (memory_of(tokens) > bytes) --tokens;
    return tokens;
  }
  /// Returns the bytes of KV memory that a job of `tokens` tokens takes.
  std::uint64_t memory_of(std::uint64_t tokens) const {
    return KvLayout(model, element_type, tokens).bytes();
  }
};

}  // namespace splitbench
