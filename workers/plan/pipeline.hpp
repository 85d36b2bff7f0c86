#pragma once
#include <cstdint>

#include "codec/element.hpp"
#include "workers/plan/chunk_plan.hpp"
#include "workers/plan/job.hpp"
#include "workers/plan/model.hpp"
#include "workers/plan/settings.hpp"

namespace splitbench {

/// How a worker moves KV: the keys of a scenario that both ends of a transfer must agree on.
struct Pipeline {
  ModelGeometry model;
  ElementType element_type = ElementType::bf16;
  /// off: one chunk at a time from encode to install, and none before compute ends
  bool overlap = true;
  Granularity granularity = Granularity::layer_group;
  std::uint32_t layer_group = 4;       ///< layers in a group
  std::uint64_t staging = 64'000'000;  ///< bytes of staging memory of a worker
  std::uint64_t chunk = 0;  ///< bytes of raw KV in a chunk; 0: as plan_staging finds best
  /// The device's encoder writes into staging memory itself, without a copy behind it.
  bool fused_encode = false;
  Verify verify = Verify::deferred;

  std::uint32_t layers_per_group() const {
    return granularity == Granularity::request ? model.layers : layer_group;
  }
  std::uint32_t groups() const {
    return (model.layers + layers_per_group() - 1) / layers_per_group();
  }
  /// Packs, or unpacks, of a worker that may overlap each other.
  std::uint32_t at_once() const { return overlap ? kAtOnce : 1; }
  static constexpr std::uint32_t kAtOnce = 4;

  StagingPlan staging_plan() const { return plan_staging(staging, chunk); }
  std::vector<Chunk> chunks(std::uint64_t tokens) const {
    return plan_chunks(model, element_type, tokens, layers_per_group(), staging_plan().chunk_bytes);
  }

  KvLayout layout(const Job& job) const { return {model, element_type, job}; }
  std::uint64_t bytes_of(std::uint64_t elements) const {
    return elements * element_bytes(element_type);
  }
  /// Of raw KV, over all layers.
  std::uint64_t bytes_per_token() const { return bytes_of(model.elements_per_token()); }
  /// Returns the most tokens of a job that so much KV memory holds.
  std::uint64_t tokens_within(std::uint64_t bytes) const {
    std::uint64_t tokens = bytes / bytes_per_token();
    while (memory_of(tokens) > bytes) --tokens;
    return tokens;
  }
  /// What a job of so many tokens takes of a worker's KV memory.
  std::uint64_t memory_of(std::uint64_t tokens) const {
    return KvLayout(model, element_type, tokens).bytes();
  }
};

}  // namespace splitbench
