#include <algorithm>
#include <bit>
#include <vector>

#include "codec/block_codec.hpp"
#include "codec/frame_coding.hpp"
#include "codec/sections.hpp"
#include "codec/tile_ranges.hpp"

namespace splitbench {
namespace {

/// What a range of tiles adds to its frame beside the planes.
struct EncodedRange {
  std::vector<EscapeRecord> escapes;
  std::uint64_t digest = 0;
};

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

  /// Stores after all if there are too many escapes.
  EncodedFrame encode() {
    const CodeTable table(codebook_);
    for_each_range(tiles(elements_), threads_, [&](unsigned number, TileRange range) {
      ranges_[number] = encode_tiles(table, range);
    });
    std::uint64_t escapes = 0;
    for (const EncodedRange& range : ranges_) escapes += range.escapes.size();
    if (escapes > capacity()) return encode_stored(raw_, codebook_.element_type, out_, threads_);
    place_escapes();
    return finish(escapes);
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

  EncodedFrame finish(std::uint64_t escapes) const {
    std::uint64_t digest = 0;
    for (const EncodedRange& range : ranges_) digest += range.digest;
    for (const Padding padding : paddings(codebook_.element_type, elements_, escapes))
      fill_zero(out_, padding);
    return write_header(make_header(FrameKind::splitzip, elements_, escapes, codebook_, digest),
                        out_);
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

}  // namespace

EncodedFrame encode_splitzip(std::span<const std::byte> raw, const Codebook& codebook,
                             std::span<std::byte> out, unsigned threads) {
  return FrameEncoder(raw, codebook, out, threads).encode();
}

}  // namespace splitbench
