#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/element.hpp"
#include "workers/plan/chunk_plan.hpp"
#include "workers/plan/job.hpp"
#include "workers/plan/model.hpp"
#include "workers/plan/settings.hpp"
#include "workers/plan/shards.hpp"

namespace splitbench {

/// The settings by which workers move KV: the keys of a scenario that both ends of a transfer must
/// agree on.
struct Pipeline {
  ModelGeometry model;
  ElementType element_type = ElementType::bf16;
  /// If false, chunks go one at a time from encode to install, and none before compute ends.
  bool overlap = true;
  Granularity granularity = Granularity::layer_group;
  std::uint32_t layer_group = 4;  ///< layers per group
  /// Tokens of a prefill chunk, a multiple of kRowsAtOnce; the first is the first that is sent.
  /// Jobs are then of one request.
  std::uint64_t prefill_chunk = 8192;
  std::uint64_t staging = 64'000'000;  ///< bytes of staging memory per worker
  std::uint64_t chunk = 0;             ///< bytes of raw KV per chunk; 0: plan_staging chooses
  /// True if the device's encoder writes into staging memory itself, without a copy after it.
  bool fused_encode = false;
  Verify verify = Verify::deferred;
  /// The shards of a worker's cache. If there are several, the model's part is one of them, and all
  /// sizes are a shard's.
  Shards shards = {};
  /// True if a decode worker does not decode a job until it is told that all shards have arrived.
  bool join_on_order = false;

  /// Returns how many layers a group has; the last group may have fewer.
  std::uint32_t layers_per_group() const {
    return granularity == Granularity::layer_group ? layer_group : model.layers;
  }
  /// Returns how many tokens of a request a group has, 0 if all.
  std::uint64_t tokens_per_group() const {
    return granularity == Granularity::prefill_chunk ? prefill_chunk : 0;
  }
  /// Returns in how many groups so many tokens are computed and sent. The model must have at least
  /// one layer.
  std::uint32_t groups(std::uint64_t tokens) const {
    if (const std::uint64_t each = tokens_per_group(); each > 0)
      return std::max(static_cast<std::uint32_t>((tokens + each - 1) / each), 1u);
    return (model.layers + layers_per_group() - 1) / layers_per_group();
  }
  /// Returns how many packs, or unpacks, of a worker may overlap.
  std::uint32_t at_once() const { return overlap ? kAtOnce : 1; }
  static constexpr std::uint32_t kAtOnce = 4;
  /// A run of consecutive layers, or of consecutive tensors of the cache.
  struct Run {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
  };
  Run layers_of_group(std::uint32_t group) const {
    const std::uint32_t first = tokens_per_group() > 0 ? 0 : group * layers_per_group();
    return {first, std::min(layers_per_group(), model.layers - first)};
  }
  /// Returns the tensors that are written when a group is computed: with prefill chunks all of them
  /// with the first.
  Run tensors_of_group(std::uint32_t group) const;

  /// Returns the division of the staging memory; throws InputError if that is too small.
  StagingPlan staging_plan() const { return plan_staging(staging, chunk); }
  /// Returns the chunks of a job, or of a job of one request of which so many tokens are sent;
  /// throws as staging_plan() does.
  std::vector<Chunk> chunks(const Job& job) const { return chunks(request_tokens(job)); }
  std::vector<Chunk> chunks(std::uint64_t tokens) const { return chunks(std::span(&tokens, 1)); }

  KvLayout layout(const Job& job) const { return {model, element_type, job}; }
  std::uint64_t bytes_of(std::uint64_t elements) const {
    return elements * element_bytes(element_type);
  }
  /// Returns the bytes of raw KV of a request of which so many tokens are sent.
  std::uint64_t raw_bytes(std::uint64_t tokens) const {
    return bytes_of(model.elements(element_type, tokens));
  }
  /// Returns the bytes of raw KV of a job.
  std::uint64_t raw_bytes(const Job& job) const {
    std::uint64_t sum = 0;
    for (const JobRequest& request : job.requests) sum += raw_bytes(request.kv_tokens());
    return sum;
  }
  /// Returns the most tokens of a request whose KV fits into `bytes` of KV memory, at most
  /// kMostTokens: the cache of some models does not grow for ever.
  std::uint64_t tokens_within(std::uint64_t bytes) const;
  static constexpr std::uint64_t kMostTokens = std::uint64_t{1} << 40;
  /// Returns the bytes of KV memory that a job takes, or one of a request of which so many tokens
  /// are sent.
  std::uint64_t memory_of(const Job& job) const {
    return kv_memory(model, element_type, request_tokens(job));
  }
  std::uint64_t memory_of(std::uint64_t tokens) const {
    return kv_memory(model, element_type, std::span(&tokens, 1));
  }

 private:
  std::vector<Chunk> chunks(std::span<const std::uint64_t> request_tokens) const {
    return plan_chunks(model, element_type, request_tokens, layers_per_group(),
                       staging_plan().chunk_bytes, tokens_per_group());
  }
};

}  // namespace splitbench
