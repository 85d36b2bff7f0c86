#include "workers/plan/chunk_plan.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "codec/frame.hpp"
#include "network/link/link.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {

StagingPlan plan_staging(std::uint64_t staging, std::uint64_t chunk) {
  constexpr std::uint64_t kGranule = kPieceElements * 2;  // whole tiles of every element type
  constexpr std::uint64_t kLargestChunk = 16 << 20;
  constexpr std::uint64_t kFrameOverhead =
      max_frame_bytes(ElementType::bf16, 0) + kAlignment;  // overhead of an incompressible piece
  StagingPlan plan;
  const std::uint64_t wanted = chunk > 0 ? chunk : std::min(staging / 16, kLargestChunk);
  plan.chunk_bytes = std::max(wanted / kGranule * kGranule, kGranule);
  const std::uint64_t needed =
      plan.chunk_bytes + plan.chunk_bytes / 1000 + kMaxPieces * kFrameOverhead;
  plan.slot_bytes = (needed + kSlotAlignment - 1) / kSlotAlignment * kSlotAlignment;
  plan.slots = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(staging / plan.slot_bytes, Link::kWindow / 2));
  if (plan.slots < 2)
    throw InputError(
        fmt::format("staging of {} bytes holds fewer than two slots of {} bytes; expected "
                    "more staging or a smaller chunk",
                    staging, plan.slot_bytes));
  return plan;
}

namespace {

/// Adds elements to the chunks of a plan.
class ChunkPlanner {
 public:
  ChunkPlanner(std::uint64_t limit, std::size_t expected) : limit_(limit) {
    chunks.reserve(expected);
  }

  /// Adds the elements of a tensor from `first` to `end`.
  void add(std::uint32_t group, std::uint32_t tensor, std::uint64_t first, std::uint64_t end) {
    while (first < end) {
      const std::uint64_t elements = std::min(limit_, end - first);
      const bool fits = !chunks.empty() && chunks.back().group == group &&
                        chunks.back().elements + elements <= limit_ &&
                        chunks.back().pieces.size() < kMaxPieces;
      if (!fits)
        chunks.push_back(
            {.index = static_cast<std::uint32_t>(chunks.size()), .group = group, .pieces = {}});
      chunks.back().pieces.push_back({tensor, first, elements});
      chunks.back().elements += elements;
      first += elements;
    }
  }

  std::vector<Chunk> chunks;

 private:
  const std::uint64_t limit_;  // elements of a chunk
};

/// Returns how many rows of a tensor are there when so many of a request's tokens are computed.
std::uint64_t rows_upto(const CacheTensor& tensor, std::uint64_t tokens, std::uint64_t computed) {
  const std::uint64_t rows = tensor.rows(tokens);
  if (computed >= tokens) return rows;
  const std::uint64_t without = tokens - rows;  // tokens that have no row any more
  if (tensor.once || computed <= without) return 0;
  return (computed - without) / kRowsAtOnce * kRowsAtOnce;
}

}  // namespace

std::vector<Chunk> plan_chunks(const ModelGeometry& model, ElementType type,
                               std::span<const std::uint64_t> request_tokens,
                               std::uint32_t layers_per_group, std::uint64_t chunk_bytes,
                               std::uint64_t tokens_per_group) {
  const std::uint64_t limit = chunk_bytes / element_bytes(type);
  const std::vector<CacheTensor> tensors = model.tensors(type);
  const std::uint64_t each = tensors.empty() ? 0 : tensors.front().elements(request_tokens);
  const std::size_t expected = each < limit ? 0 : tensors.size() * ((each + limit - 1) / limit);
  ChunkPlanner planner(limit, expected);
  if (tokens_per_group == 0) {
    for (std::uint32_t i = 0; i < tensors.size(); ++i)
      planner.add(tensors[i].layer / layers_per_group, i, 0, tensors[i].elements(request_tokens));
    return std::move(planner.chunks);
  }
  const std::uint64_t tokens = request_tokens.front();
  std::uint32_t group = 0;
  for (std::uint64_t begin = 0; begin < tokens; begin += tokens_per_group, ++group)
    for (std::uint32_t i = 0; i < tensors.size(); ++i)
      planner.add(group, i, rows_upto(tensors[i], tokens, begin) * tensors[i].width,
                  rows_upto(tensors[i], tokens, begin + tokens_per_group) * tensors[i].width);
  return std::move(planner.chunks);
}

}  // namespace splitbench
