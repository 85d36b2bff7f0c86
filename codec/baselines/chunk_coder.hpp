#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace splitbench {

// bf16 elements as two planes of a byte an element: exponents, and signs above mantissas. It is
// what people do by hand before a byte-wise coder (ZipNN does), with the one rotation that keeps
// the exponent's lowest bit out of the mantissas' byte.

/// `raw` is twice as long as each plane.
void split_planes(std::span<const std::byte> raw, std::span<std::byte> exponents,
                  std::span<std::byte> rest);
void join_planes(std::span<const std::byte> exponents, std::span<const std::byte> rest,
                 std::span<std::byte> raw);

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

/// Chunks of elements through such a coder, which sees their bytes or, with planes, their
/// exponents. What does not shrink is kept as it is, and is then as long as what the coder saw.
class ElementCoder {
 public:
  /// `chunk_bytes`: the most that the coder sees at once.
  ElementCoder(std::unique_ptr<ChunkCoder> coder, bool planes, std::uint64_t chunk_bytes);

  /// The most room that so many bytes before the coder take behind it.
  std::uint64_t bound(std::uint64_t seen) const { return coder_->bound(seen); }

  /// Returns how many bytes of the room are used. With planes `rest` takes signs and mantissas.
  std::uint64_t compress(std::span<const std::byte> raw, std::span<std::byte> rest,
                         std::span<std::byte> room);
  /// `compressed` is as long as compress() said.
  void decompress(std::span<const std::byte> compressed, std::span<const std::byte> rest,
                  std::span<std::byte> raw);

 private:
  void bring_back(std::span<const std::byte> compressed, std::span<std::byte> seen);

  std::unique_ptr<ChunkCoder> coder_;
  bool planes_;
  std::vector<std::byte> exponents_;
};

}  // namespace splitbench
