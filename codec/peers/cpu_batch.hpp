#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <span>

#include "codec/peers/peer.hpp"

namespace splitbench {

/// A byte-wise coder with its memory, for one thread. Throws std::runtime_error.
class ChunkCoder {
 public:
  virtual ~ChunkCoder() = default;

  /// The most that so many bytes may become.
  virtual std::size_t bound(std::size_t bytes) const = 0;
  /// Returns how many bytes they became.
  virtual std::size_t compress(std::span<const std::byte> raw, std::span<std::byte> out) = 0;
  /// Fills `raw`.
  virtual void decompress(std::span<const std::byte> compressed, std::span<std::byte> raw) = 0;
};

using MakeCoder = std::function<std::unique_ptr<ChunkCoder>()>;

/// Chunks are shared out to threads, each with a coder of its own. One that does not shrink is kept
/// as it is.
std::unique_ptr<PeerBatch> make_cpu_batch(std::span<const PeerTensor>, const PeerOptions&,
                                          bool planes, const MakeCoder&);

/// Of 256 KiB of elements: the CPU's caches hold them with the coder's tables, whose cost they
/// spread, and the tensors of small dumps are still several chunks. Of a model's cache 64 KiB to
/// 512 KiB make no more than 1% of difference to a ratio with planes.
constexpr std::uint64_t cpu_chunk_bytes(bool planes) {
  return planes ? 128 << 10 : 256 << 10;
}

}  // namespace splitbench
