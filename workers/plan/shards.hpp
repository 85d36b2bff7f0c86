#pragma once
#include <cstdint>

#include "codec/element.hpp"
#include "workers/plan/model.hpp"

namespace splitbench {

/// The equal parts into which tensor-parallel ranks cut a cache: a shard is what one rank of a
/// prefill worker sends one rank of a decode worker. Every shard has workers, flows and memory of
/// its own, and does what the others do at the same time.
struct Shards {
  std::uint32_t count = 1;
  /// The shards of a rank, which share its device and its NIC. Of prefill ranks that hold the same,
  /// some may send nothing.
  std::uint32_t of_prefill_rank = 1, of_decode_rank = 1;

  bool operator==(const Shards&) const = default;
};

/// Returns the shards of a model's cache. Throws std::invalid_argument as plan_ranks() does, and if
/// the ranks would not exchange equal parts.
Shards plan_shards(const ModelGeometry&, ElementType, std::uint32_t prefill_ranks,
                   std::uint32_t decode_ranks);

/// Returns the part of the cache that is a shard, which counts from 0 in the order of heads and,
/// where decode ranks hold the same head, of those.
CachePart part_of_shard(const ModelGeometry&, const Shards&, std::uint32_t shard);

}  // namespace splitbench
