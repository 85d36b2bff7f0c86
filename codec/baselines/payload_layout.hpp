#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace splitbench {

/// The layout of the payload that crosses a wire for some pieces of tensors that a baseline has
/// compressed, all in one:
///
///     lengths   4 bytes for every chunk, little-endian
///     rest      with planes, signs and mantissas: a byte an element, piece by piece
///     chunks    one after the other
///
/// Pieces are cut into chunks, each of which the coder saw alone. A chunk that is as long as what
/// the coder saw is kept as it is; none is longer, and none is empty. The lengths, the rest of
/// each piece and each chunk are filled up with zeros to a multiple of 16 bytes, on which nvCOMP
/// wants chunks to begin. Both sides know the pieces, and so all of this but the lengths.
/// rest_at() and chunks_at() count bytes from the payload's first. It keeps sizes only, no
/// reference to the pieces.
class PayloadLayout {
 public:
  static constexpr std::uint64_t kAlignment = 16;

  static constexpr std::uint64_t aligned(std::uint64_t bytes) {
    return (bytes + kAlignment - 1) / kAlignment * kAlignment;
  }

  /// A part of one piece that the coder sees alone.
  struct Chunk {
    std::uint32_t piece = 0;
    std::uint64_t first = 0;  ///< first byte, counted in what the coder sees of the piece
    std::uint64_t seen = 0;   ///< bytes that the coder sees
  };

  /// Lays out pieces of these sizes in bytes. `chunk_bytes` is the most that the coder sees at
  /// once; throws std::invalid_argument if it is 0.
  template <typename Byte>
  PayloadLayout(std::span<const std::span<Byte>> pieces, bool planes, std::uint64_t chunk_bytes)
      : PayloadLayout(sizes_of(pieces), planes, chunk_bytes) {}
  PayloadLayout(std::span<const std::uint64_t> piece_bytes, bool planes, std::uint64_t chunk_bytes);

  const std::vector<Chunk>& chunks() const { return chunks_; }
  bool planes() const { return planes_; }

  /// Returns where a piece's plane begins within that of all: exponents are laid out as the rest
  /// is.
  std::uint64_t plane_at(std::uint32_t piece) const { return planes_at_[piece]; }
  std::uint64_t plane_bytes() const { return planes_at_.back(); }

  std::uint64_t lengths_bytes() const { return chunks_.size() * sizeof(std::uint32_t); }
  std::uint64_t rest_at() const { return aligned(lengths_bytes()); }
  std::uint64_t chunks_at() const { return rest_at() + (planes_ ? plane_bytes() : 0); }
  /// Returns the most bytes that a payload can have: that of chunks of which none shrinks.
  std::uint64_t most_bytes() const { return most_bytes_; }

  /// Returns the elements of a chunk, given its piece's bytes or as many others.
  template <typename Byte>
  std::span<Byte> elements_of(const Chunk& chunk, std::span<Byte> piece) const {
    return piece.subspan(scale() * chunk.first, scale() * chunk.seen);
  }
  /// Returns the signs and mantissas of a chunk in a payload; nothing without planes.
  template <typename Byte>
  std::span<Byte> rest_of(const Chunk& chunk, std::span<Byte> payload) const {
    if (!planes_) return {};
    return payload.subspan(rest_at() + plane_at(chunk.piece) + chunk.first, chunk.seen);
  }

  /// Returns the compressed chunks of a payload, as parts of it. Throws BadFrame unless its size
  /// and the lengths of its chunks fit this layout; that padding is zero is not checked.
  std::vector<std::span<const std::byte>> compressed(std::span<const std::byte> payload) const;

 private:
  template <typename Byte>
  static std::vector<std::uint64_t> sizes_of(std::span<const std::span<Byte>> pieces) {
    std::vector<std::uint64_t> sizes;
    for (const std::span<Byte> piece : pieces) sizes.push_back(piece.size());
    return sizes;
  }

  std::uint64_t scale() const { return planes_ ? 2 : 1; }

  bool planes_;
  std::vector<Chunk> chunks_;
  std::vector<std::uint64_t> planes_at_;  // offset of each piece, and the end of all
  std::uint64_t most_bytes_ = 0;
};

}  // namespace splitbench
