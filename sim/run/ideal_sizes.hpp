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
#include "workers/plan/tensor_scopes.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// The exponents of a piece of one request's KV.
struct PieceExponents {
  std::uint32_t tensor = 0;
  ExponentHistogram histogram{};
};

/// Returns the exponents of every piece of these chunks, in their order.
std::vector<PieceExponents> exponents_of(const KvSource&, ElementType, const Job&,
                                         std::span<const Chunk>);

/// The best compression ratios that are possible for a set of elements: raw over compressed bytes.
struct BestRatios {
  double codebooks =
      1;  ///< frames under the best codebook of each scope, stored where that is smaller
  double entropy = 1;  ///< exponents at the entropy of their scope, without any overhead
};

/// Returns the best ratios of these pieces, which must not be empty and be of tensors that have
/// scopes.
BestRatios best_ratios(std::span<const PieceExponents>, ElementType, const TensorScopes&);

/// The sizes that SplitZip frames would have if each tensor of each request had the codebook that
/// is best for its own elements: the bound that a drift policy is compared with. Not thread-safe.
class IdealSizes {
 public:
  /// Both references must outlive this object.
  IdealSizes(const Pipeline& pipeline, const KvSource& source)
      : pipeline_(pipeline),
        source_(source),
        tensors_(pipeline.model.tensors(pipeline.element_type)) {}

  /// Returns the frame bytes of the KV of a request of which so many tokens are sent, with one
  /// frame per tensor, stored where that is smaller. `drift_level` is 0 to kDriftLevels.
  std::uint64_t bytes(std::uint64_t tokens, std::uint32_t drift_level);

  /// Fills in `ideal_bytes` of every timeline that has raw bytes.
  void write(std::span<Timeline>);

 private:
  double escape_rate(std::uint32_t tile);

  const Pipeline& pipeline_;
  const KvSource& source_;
  const std::vector<CacheTensor> tensors_;
  std::map<std::uint32_t, double> rates_;  // escape rates, keyed by tile
};

}  // namespace splitbench
