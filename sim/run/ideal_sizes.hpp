#pragma once
#include <cstdint>
#include <map>
#include <span>

#include "workers/kv/kv_source.hpp"
#include "workers/plan/pipeline.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// How small SplitZip frames could be if each tensor of each request had the codebook that is best
/// for its very elements: what a policy is measured against.
class IdealSizes {
 public:
  /// References must outlive it.
  IdealSizes(const Pipeline& pipeline, const KvSource& source)
      : pipeline_(pipeline), source_(source) {}

  /// Of the KV of so many tokens, a frame a tensor; where storing it is smaller, it is stored.
  std::uint64_t bytes(std::uint64_t tokens, std::uint32_t drift_level);

  /// Fills them in.
  void write(std::span<Timeline>);

 private:
  double escape_rate(std::uint32_t tile);

  const Pipeline& pipeline_;
  const KvSource& source_;
  std::map<std::uint32_t, double> rates_;  // by tile
};

}  // namespace splitbench
