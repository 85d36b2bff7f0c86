#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "codec/element.hpp"
#include "workers/plan/model.hpp"

namespace splitbench {

/// The order in a tensor's memory: of each token all heads (NHD), or of each head all tokens (HND),
/// which in a paged cache are those of a page.
enum class HeadOrder : std::uint8_t { nhd, hnd };

/// The memory of a rank's cache.
struct KvMemory {
  std::uint32_t page_tokens = 0;  ///< 0: what a request has of a tensor lies in one piece
  HeadOrder order = HeadOrder::nhd;
};

/// The part of a prompt's cache that a prefill rank sends a decode rank.
struct RankFlow {
  std::uint32_t prefill_rank = 0, decode_rank = 0;
  std::uint64_t bytes = 0;     ///< pages count whole
  std::uint64_t pieces = 0;    ///< of memory, each contiguous at both ranks
  std::uint32_t messages = 0;  ///< groups of layers of which it has anything
};

/// Returns the flows that bring the cache of a prompt from the ranks of one tensor-parallel worker
/// to those of another, ordered by prefill rank, then by decode rank; pairs of ranks that exchange
/// nothing are left out. KV heads are shared out evenly; where there are more ranks than heads, as
/// many ranks hold the same head, and each of them sends it to its share of the decode ranks, in
/// order, as engines do. Latent tensors and indices are on every rank, states are cut evenly. So
/// many layers in a row are a message, all of
/// them if `layer_group` is 0. `prefill_ranks` and `decode_ranks` are at
/// least 1. Throws std::invalid_argument if one of them neither divides the number of KV heads nor
/// is a multiple of it.
std::vector<RankFlow> plan_ranks(const ModelGeometry&, ElementType, std::uint64_t tokens,
                                 std::uint32_t prefill_ranks, std::uint32_t decode_ranks, KvMemory,
                                 std::uint32_t layer_group = 1);

/// Returns how many KV heads of a model one of so many ranks holds, 1 for latent attention. Throws
/// as plan_ranks() does.
std::uint32_t heads_of_rank(const ModelGeometry&, std::uint32_t ranks);

}  // namespace splitbench
