#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace splitbench {

// bf16 elements as two planes of a byte an element: exponents, and signs above mantissas. People do
// this by hand before a byte-wise coder (ZipNN does), with the one rotation that keeps the
// exponent's lowest bit out of the mantissas' byte.

/// Splits elements into planes, each half as long as `raw`; join_planes reverses it. Neither keeps
/// state nor throws.
void split_planes(std::span<const std::byte> raw, std::span<std::byte> exponents,
                  std::span<std::byte> rest);
void join_planes(std::span<const std::byte> exponents, std::span<const std::byte> rest,
                 std::span<std::byte> raw);

/// A byte-wise coder with its memory. Not thread-safe. Throws std::runtime_error if the library
/// fails.
class ChunkCoder {
 public:
  virtual ~ChunkCoder() = default;

  /// Returns the most bytes that so many may become.
  virtual std::size_t bound(std::size_t bytes) const = 0;
  /// Compresses `raw` into `out`, which must hold bound(raw.size()). Returns how many bytes are
  /// used.
  virtual std::size_t compress(std::span<const std::byte> raw, std::span<std::byte> out) = 0;
  /// Fills `raw`. Throws std::runtime_error if `compressed` does not decompress to that size.
  virtual void decompress(std::span<const std::byte> compressed, std::span<std::byte> raw) = 0;
};

/// Makes a coder for one thread.
using MakeCoder = std::function<std::unique_ptr<ChunkCoder>()>;

/// Passes chunks of elements through a coder, which sees their bytes or, with planes, their
/// exponents. A chunk that does not shrink is kept as it is, and is then as long as what the coder
/// saw. Not thread-safe.
class ElementCoder {
 public:
  /// Takes ownership of the coder. `chunk_bytes` is the most that the coder sees at once.
  ElementCoder(std::unique_ptr<ChunkCoder> coder, bool planes, std::uint64_t chunk_bytes);

  /// Returns the most room that `seen` bytes before the coder take after it.
  std::uint64_t bound(std::uint64_t seen) const { return coder_->bound(seen); }

  /// Compresses `raw` into `room`, which must hold bound() of what the coder sees. Returns how many
  /// bytes of the room are used. With planes `rest`, half as long as `raw`, takes signs and
  /// mantissas.
  std::uint64_t compress(std::span<const std::byte> raw, std::span<std::byte> rest,
                         std::span<std::byte> room);
  /// Fills `raw`. `compressed` is as long as compress() returned, `rest` as compress() wrote it.
  /// Throws std::runtime_error if the bytes are none of the coder's.
  void decompress(std::span<const std::byte> compressed, std::span<const std::byte> rest,
                  std::span<std::byte> raw);

 private:
  void bring_back(std::span<const std::byte> compressed, std::span<std::byte> seen);

  std::unique_ptr<ChunkCoder> coder_;
  bool planes_;
  std::vector<std::byte> exponents_;
};

}  // namespace splitbench
