#pragma once
#include <cstdint>
#include <vector>

#include "codec/element.hpp"
#include "workers/plan/model.hpp"

namespace splitbench {

/// A run of elements of one tensor of a job. Tensors are numbered layer * classes + class.
struct Piece {
  std::uint32_t tensor = 0;
  std::uint64_t first = 0;  ///< element of the tensor
  std::uint64_t elements = 0;

  bool operator==(const Piece&) const = default;
};

/// What is encoded, staged, sent and decoded in one go; all of it belongs to one layer group.
struct Chunk {
  std::uint32_t index = 0;  ///< in the plan
  std::uint32_t group = 0;
  std::uint64_t elements = 0;
  std::vector<Piece> pieces;

  bool operator==(const Chunk&) const = default;
};

/// Bounded staging memory: `slots` of `slot_bytes` each, a slot holding one chunk however it is
/// sent.
struct StagingPlan {
  std::uint64_t chunk_bytes = 0;  ///< raw bytes of the largest chunk
  std::uint64_t slot_bytes = 0;
  std::uint32_t slots = 0;

  /// A decode worker's slots are divided evenly among its senders.
  std::uint32_t credits_per_sender(std::uint32_t senders) const { return slots / senders; }
};

/// Divides `staging` bytes; both ends of a transfer come to the same chunk size: about `chunk`, or,
/// where that is 0, a sixteenth of the memory, but at most 16 MiB. At least two slots: throws
/// InputError when the memory is too small for that.
StagingPlan plan_staging(std::uint64_t staging, std::uint64_t chunk = 0);

/// Cuts a job of `tokens` into chunks, in the order of layers. Tensors longer than a chunk are cut
/// at multiples of kPieceElements; shorter ones share a chunk. Sender and receiver compute the same
/// plan.
std::vector<Chunk> plan_chunks(const ModelGeometry&, ElementType, std::uint64_t tokens,
                               std::uint32_t layers_per_group, std::uint64_t chunk_bytes);

/// Slots are whole pages: a device writes frames into them, and host memory is mapped by page.
inline constexpr std::uint64_t kSlotAlignment = 4096;
inline constexpr std::uint64_t kPieceElements = 16'384;
inline constexpr std::uint32_t kMaxPieces =
    64;  ///< of a chunk: bounds what frame headers add to a slot

}  // namespace splitbench
