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

std::vector<Chunk> plan_chunks(const ModelGeometry& model, ElementType type,
                               std::span<const std::uint64_t> request_tokens,
                               std::uint32_t layers_per_group, std::uint64_t chunk_bytes) {
  const std::uint64_t limit = chunk_bytes / element_bytes(type);
  const std::vector<CacheTensor> tensors = model.tensors(type);

  std::vector<Chunk> chunks;
  if (!tensors.empty())
    if (const std::uint64_t first = tensors.front().elements(request_tokens); first >= limit)
      chunks.reserve(tensors.size() * ((first + limit - 1) / limit));
  for (std::uint32_t tensor = 0; tensor < tensors.size(); ++tensor) {
    const std::uint32_t group = tensors[tensor].layer / layers_per_group;
    const std::uint64_t tensor_elements = tensors[tensor].elements(request_tokens);
    for (std::uint64_t first = 0; first < tensor_elements;) {
      const std::uint64_t elements = std::min(limit, tensor_elements - first);
      const bool fits = !chunks.empty() && chunks.back().group == group &&
                        chunks.back().elements + elements <= limit &&
                        chunks.back().pieces.size() < kMaxPieces;
      if (!fits)
        chunks.push_back(
            {.index = static_cast<std::uint32_t>(chunks.size()), .group = group, .pieces = {}});
      chunks.back().pieces.push_back({tensor, first, elements});
      chunks.back().elements += elements;
      first += elements;
    }
  }
  return chunks;
}

}  // namespace splitbench
