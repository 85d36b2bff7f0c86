#pragma once
#include <cstdint>

#include "workers/chunk_plan.hpp"
#include "workers/model.hpp"
#include "workers/settings.hpp"

namespace splitbench {

/// How a worker moves KV: the keys of a scenario that both ends of a transfer must agree on.
struct Pipeline {
  ModelGeometry model;
  /// off: one chunk at a time from encode to install, and none before compute ends
  bool overlap = true;
  Granularity granularity = Granularity::layer_group;
  std::uint32_t layer_group = 4;
  std::uint64_t staging = 64'000'000;
  Verify verify = Verify::deferred;

  std::uint32_t layers_per_group() const {
    return granularity == Granularity::request ? model.layers : layer_group;
  }
  std::uint32_t groups() const {
    return (model.layers + layers_per_group() - 1) / layers_per_group();
  }
  std::vector<Chunk> chunks(std::uint64_t tokens) const {
    return plan_chunks(model, tokens, layers_per_group(), plan_staging(staging).chunk_bytes);
  }
};

}  // namespace splitbench
