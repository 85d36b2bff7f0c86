#pragma once
#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "codec/element.hpp"
#include "workers/plan/model.hpp"

namespace splitbench {

/// A run of elements of one tensor of a job. Tensors are numbered as ModelGeometry::tensors() has
/// them.
struct Piece {
  std::uint32_t tensor = 0;
  std::uint64_t first = 0;  ///< index of the first element within the tensor
  std::uint64_t elements = 0;

  bool operator==(const Piece&) const = default;
};

/// The pieces of a chunk, one after another in memory. A single one, as most chunks of long prompts
/// have, stands in the chunk itself.
class Pieces {
 public:
  Pieces() = default;
  Pieces(std::initializer_list<Piece> pieces) {
    for (const Piece& piece : pieces) push_back(piece);
  }

  void push_back(const Piece& piece) {
    if (size_ == 1) many_.push_back(one_);
    if (size_ > 0) many_.push_back(piece);
    if (size_++ == 0) one_ = piece;
  }

  std::size_t size() const { return size_; }
  const Piece* begin() const { return size_ > 1 ? many_.data() : &one_; }
  const Piece* end() const { return begin() + size_; }
  const Piece& operator[](std::size_t i) const { return begin()[i]; }
  const Piece& front() const { return *begin(); }
  const Piece& back() const { return end()[-1]; }

  bool operator==(const Pieces& other) const { return std::ranges::equal(*this, other); }

 private:
  Piece one_;
  std::vector<Piece> many_;  // all of them, if there are more
  std::size_t size_ = 0;
};

/// The unit that is encoded, staged, sent and decoded at once. All of it belongs to one group, of
/// layers or of tokens, which is computed at once.
struct Chunk {
  std::uint32_t index = 0;  ///< position in the plan
  std::uint32_t group = 0;
  std::uint64_t elements = 0;
  Pieces pieces;

  bool operator==(const Chunk&) const = default;
};

/// Bounded staging memory: `slots` slots of `slot_bytes` each. A slot holds one chunk in whatever
/// form it is sent.
struct StagingPlan {
  std::uint64_t chunk_bytes = 0;  ///< raw bytes of the largest chunk
  std::uint64_t slot_bytes = 0;
  std::uint32_t slots = 0;

  /// Returns how many of a decode worker's slots each sender may fill: they are divided evenly.
  std::uint32_t credits_per_sender(std::uint32_t senders) const { return slots / senders; }
};

/// Returns the bytes of staging memory of a worker that no scenario gives, with KV in host memory
/// or on a GPU.
constexpr std::uint64_t default_staging(bool on_host) {
  return on_host ? 64'000'000 : 512 << 20;
}

/// Divides `staging` bytes into at least two slots; throws InputError if the memory is too small
/// for that. The largest chunk has `chunk` bytes of raw KV or, if that is 0, a sixteenth of
/// `staging` but at most 16 MiB; rounded down to a multiple of 2 * kPieceElements bytes, but not to
/// 0. Both ends of a transfer compute the same chunk size.
StagingPlan plan_staging(std::uint64_t staging, std::uint64_t chunk = 0);

/// Cuts the KV of a job, of whose requests so many tokens are sent, into chunks of at most
/// `chunk_bytes` raw bytes (StagingPlan::chunk_bytes), in the order of layers. Tensors longer than
/// a chunk are cut at multiples of kPieceElements; shorter ones share a chunk. If
/// `tokens_per_group` is above 0, there must be one request, and first come all layers of so many
/// of its tokens, a multiple of kRowsAtOnce, then of the next: rows go in steps of kRowsAtOnce, and
/// what is no row of a token with the last. Sender and receiver compute the same plan.
std::vector<Chunk> plan_chunks(const ModelGeometry&, ElementType,
                               std::span<const std::uint64_t> request_tokens,
                               std::uint32_t layers_per_group, std::uint64_t chunk_bytes,
                               std::uint64_t tokens_per_group = 0);

/// The alignment of slot sizes, in bytes: slots are whole pages, because a device writes frames
/// into them and host memory is mapped by page.
inline constexpr std::uint64_t kSlotAlignment = 4096;
/// The step, in elements, at which tensors are cut.
inline constexpr std::uint64_t kPieceElements = 16'384;
/// The step, in rows, at which groups of tokens are cut: of any width they begin on
/// kTensorAlignment.
inline constexpr std::uint64_t kRowsAtOnce = 64;
/// The most pieces of a chunk, which bounds what frame headers add to a slot.
inline constexpr std::uint32_t kMaxPieces = 64;

}  // namespace splitbench
