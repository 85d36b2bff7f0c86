#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "codec/codebook.hpp"
#include "codec/codebook_file.hpp"
#include "workers/kv/kv_source.hpp"
#include "workers/plan/chunk_plan.hpp"

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

}  // namespace splitbench
