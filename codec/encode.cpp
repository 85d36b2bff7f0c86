#include <algorithm>
#include <bit>
#include <stdexcept>
#include <vector>

#include "codec/block_codec.hpp"
#include "codec/codec.hpp"
#include "codec/sections.hpp"
#include "codec/stream_copy.hpp"
#include "codec/tile_ranges.hpp"

namespace splitbench {
namespace {

/// What a range of tiles adds to its frame beside the planes.
struct EncodedRange {
  std::vector<EscapeRecord> escapes;
  std::uint64_t digest = 0;
};

void fill_zero(std::span<std::byte> out, Padding padding) {
  std::ranges::fill(out.subspan(padding.begin, padding.end - padding.begin), std::byte{0});
}

/// One encode call. Threads write planes and tile ends where they belong, since those places follow
/// from the number of elements alone; escapes wait until it is known how many come before.
class FrameEncoder {
 public:
  FrameEncoder(std::span<const std::byte> raw, const Codebook& codebook, std::span<std::byte> out,
               unsigned threads)
      : raw_(raw),
        codebook_(codebook),
        out_(out),
        format_(element_format(codebook.element_type)),
        elements_(raw.size() / format_.bytes),
        layout_(splitzip_layout(codebook.element_type, elements_, 0)),
        threads_(range_count(tiles(elements_), threads)),
        ranges_(threads_) {}

  EncodedFrame store() {
    std::byte* const section = out_.data() + kHeaderBytes;
    const bool streams = raw_.size() >= kStreamedBytes;
    for_each_range(tiles(elements_), threads_, [&](unsigned number, TileRange range) {
      const std::span<const std::byte> part = tiles_of(raw_, range, format_.bytes);
      const auto offset = static_cast<std::uint64_t>(part.data() - raw_.data());
      ranges_[number].digest = copy_and_digest(part, section + offset, offset / 8, streams);
    });
    const std::uint64_t end = kHeaderBytes + raw_.size();
    fill_zero(out_, {end, padded(end)});
    return write_header(FrameKind::stored, 0);
  }

  /// Stores after all if there are too many escapes.
  EncodedFrame split() {
    const CodeTable table(codebook_);
    for_each_range(tiles(elements_), threads_, [&](unsigned number, TileRange range) {
      ranges_[number] = encode_tiles(table, range);
    });
    std::uint64_t escapes = 0;
    for (const EncodedRange& range : ranges_) escapes += range.escapes.size();
    if (escapes > capacity()) return store();
    place_escapes();
    return write_header(FrameKind::splitzip, escapes);
  }

 private:
  std::uint64_t capacity() const { return escape_capacity(codebook_.element_type, elements_); }

  /// Tile ends count from the first tile of the range.
  EncodedRange encode_tiles(const CodeTable& table, TileRange range) const {
    EncodedRange encoded;
    // More than real data needs, and what is not used costs nothing; growing would cost a lot.
    encoded.escapes.reserve((range.end - range.begin) * kTileElements / 32);
    EscapeBits escaped;
    for (std::uint64_t tile = range.begin; tile < range.end; ++tile) {
      const std::span<const std::byte> raw = tiles_of(raw_, {tile, tile + 1}, format_.bytes);
      const std::size_t block_bytes = kBlockElements * format_.bytes;
      for (std::size_t offset = 0; offset < raw.size(); offset += block_bytes) {
        const std::span block = raw.subspan(offset, std::min(block_bytes, raw.size() - offset));
        const std::uint64_t position = offset / format_.bytes;
        const std::uint64_t element = tile * kTileElements + position;
        encoded.digest += digest(block, element * format_.bytes / 8);
        encode_block(table, block, planes_at(out_, layout_, format_, element), escaped);
        append_escapes(escaped, block, position, encoded.escapes);
      }
      if (encoded.escapes.size() > capacity()) break;  // the frame will be stored
      write_tile_end(out_.data() + layout_.tile_ends, tile, encoded.escapes.size());
    }
    return encoded;
  }

  void append_escapes(const EscapeBits& escaped, std::span<const std::byte> block,
                      std::uint64_t position, std::vector<EscapeRecord>& escapes) const {
    for (std::size_t word = 0; word < escaped.size(); ++word) {
      for (std::uint64_t left = escaped[word]; left != 0; left &= left - 1) {
        const std::size_t i = 64 * word + static_cast<std::size_t>(std::countr_zero(left));
        const unsigned exponent = format_.exponent(load_element(block.data(), i, format_.bytes));
        escapes.push_back(to_record({.position = static_cast<std::uint16_t>(position + i),
                                     .exponent = static_cast<std::uint8_t>(exponent)}));
      }
    }
  }

  /// Puts the ranges' escapes one after the other, and counts them from the first tile on.
  void place_escapes() const {
    std::byte* const tile_ends = out_.data() + layout_.tile_ends;
    std::byte* const section = out_.data() + layout_.escapes;
    std::uint64_t before = 0;
    for (unsigned number = 0; number < threads_; ++number) {
      const TileRange range = tile_range(tiles(elements_), threads_, number);
      for (std::uint64_t tile = range.begin; tile < range.end; ++tile)
        write_tile_end(tile_ends, tile, before + read_tile_end(tile_ends, tile));
      const std::span escapes = ranges_[number].escapes;
      std::ranges::copy(std::as_bytes(escapes), section + kEscapeBytes * before);
      before += escapes.size();
    }
  }

  EncodedFrame write_header(FrameKind kind, std::uint64_t escapes) const {
    std::uint64_t digest = 0;
    for (const EncodedRange& range : ranges_) digest += range.digest;
    const FrameHeader header = make_header(kind, elements_, escapes, codebook_, digest);
    if (kind == FrameKind::splitzip) {
      for (const Padding padding : paddings(header.element_type, header.elements, header.escapes))
        fill_zero(out_, padding);
    }
    std::memcpy(out_.data(), &header, sizeof header);
    return {.frame_bytes = header.frame_bytes,
            .escapes = header.escapes,
            .digest = digest,
            .kind = kind};
  }

  const std::span<const std::byte> raw_;
  const Codebook& codebook_;
  const std::span<std::byte> out_;
  const ElementFormat format_;
  const std::uint64_t elements_;
  const FrameLayout layout_;  ///< of a frame without escapes
  const unsigned threads_;
  std::vector<EncodedRange> ranges_;  ///< one for each thread
};

void require(bool holds, const char* otherwise) {
  if (!holds) throw std::invalid_argument(otherwise);
}

}  // namespace

EncodedFrame encode(std::span<const std::byte> raw, const Codebook& codebook, FrameKind wanted,
                    std::span<std::byte> out, unsigned threads) {
  const ElementType type = codebook.element_type;
  require(known(type), "the codebook's element type is unknown");
  require(raw.size() % element_bytes(type) == 0, "the input ends within an element");
  const std::uint64_t n = raw.size() / element_bytes(type);
  require(n <= kMaxElements, "a frame holds at most 2^34 elements");
  require(out.size() >= max_frame_bytes(type, n), "no room for the longest frame");
  require(wanted == FrameKind::stored || codebook.valid(),
          "the codebook is not strictly ascending within its type's exponents");
  FrameEncoder encoder(raw, codebook, out, threads);
  const bool shrinks = frame_kind(wanted, type, n, 0) == FrameKind::splitzip;
  return shrinks ? encoder.split() : encoder.store();
}

}  // namespace splitbench
