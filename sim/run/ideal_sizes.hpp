#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "codec/codebook.hpp"
#include "codec/codebook_file.hpp"
#include "workers/kv/kv_source.hpp"
#include "workers/plan/chunk_plan.hpp"
#include "workers/plan/pipeline.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// The exponents of a piece of one request's KV.
struct PieceExponents {
  std::uint32_t tensor = 0;
  ExponentHistogram histogram{};
};

/// Of the pieces of these chunks, in their order.
std::vector<PieceExponents> exponents_of(const KvSource&, ElementType, const Job&,
                                         std::span<const Chunk>);

/// What was possible for these very elements, as ratios to their raw bytes.
struct BestRatios {
  double codebooks =
      1;  ///< frames with the best codebook of each scope; stored where that is smaller
  double entropy = 1;  ///< exponents in their entropy, by scope, and nothing else
};

BestRatios best_ratios(std::span<const PieceExponents>, ElementType, CodebookScope,
                       std::uint32_t classes);

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
