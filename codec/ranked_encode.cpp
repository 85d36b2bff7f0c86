#include <algorithm>
#include <vector>

#include "codec/frame_coding.hpp"
#include "codec/ranked_sections.hpp"
#include "codec/tile_ranges.hpp"

namespace splitbench {
namespace {

/// What a range of tiles adds to its frame beside what lies in places of its own.
struct EncodedRange {
  std::vector<std::uint32_t> stream;
  std::uint64_t digest = 0;
};

/// One encode call. As with SplitZip, only the last section waits until it is known how much of it
/// comes before.
class RankedEncoder {
 public:
  RankedEncoder(std::span<const std::byte> raw, const Codebook& codebook, std::span<std::byte> out,
                unsigned threads)
      : raw_(raw),
        codebook_(codebook),
        out_(out),
        type_(codebook.element_type),
        elements_(raw.size() / element_bytes(type_)),
        layout_(ranked_layout(type_, elements_, 0)),
        capacity_(tail_capacity(FrameKind::ranked, type_, elements_)),
        threads_(range_count(tiles(elements_), threads)),
        ranges_(threads_) {}

  /// Stores after all if the stream is too long.
  EncodedFrame encode() {
    const RankTable table(codebook_);
    for_each_range(tiles(elements_), threads_, [&](unsigned number, TileRange range) {
      ranges_[number] = encode_tiles(table, range);
    });
    std::uint64_t words = 0;
    for (const EncodedRange& range : ranges_) words += range.stream.size();
    if (words > capacity_) return encode_stored(raw_, type_, out_, threads_);
    place_streams();
    return finish(words);
  }

 private:
  /// Tile ends count from the first tile of the range.
  EncodedRange encode_tiles(const RankTable& table, TileRange range) const {
    const RankedFormat format = ranked_format(type_);
    EncodedRange encoded;
    for (std::uint64_t tile = range.begin; tile < range.end; ++tile) {
      const unsigned bytes = element_format(type_).bytes;
      const std::size_t block_bytes = kRankedBlock * bytes;
      const std::span raw = tiles_of(raw_, {tile, tile + 1}, bytes);
      const std::size_t before = encoded.stream.size();
      for (std::size_t offset = 0; offset < raw.size(); offset += block_bytes) {
        const std::span block = raw.subspan(offset, std::min(block_bytes, raw.size() - offset));
        const std::uint64_t number = tile * kBlocksPerTile + offset / block_bytes;
        encoded.digest += digest(block, number * block_bytes / 8);
        encode_ranked_block(table, block, ranked_sections_at(out_, layout_, format, number),
                            encoded.stream);
        write_block_end(out_.data() + layout_.block_ends, number, encoded.stream.size() - before);
      }
      if (encoded.stream.size() > capacity_) break;  // the frame will be stored
      write_tile_end(out_.data() + layout_.tile_ends, tile, encoded.stream.size());
    }
    return encoded;
  }

  /// Puts the ranges' streams one after the other, and counts them from the first tile on.
  void place_streams() const {
    std::byte* const tile_ends = out_.data() + layout_.tile_ends;
    std::uint64_t before = 0;
    for (unsigned number = 0; number < threads_; ++number) {
      const TileRange range = tile_range(tiles(elements_), threads_, number);
      for (std::uint64_t tile = range.begin; tile < range.end; ++tile)
        write_tile_end(tile_ends, tile, before + read_tile_end(tile_ends, tile));
      const std::span stream = ranges_[number].stream;
      std::ranges::copy(std::as_bytes(stream), out_.data() + layout_.stream + 4 * before);
      before += stream.size();
    }
  }

  EncodedFrame finish(std::uint64_t words) const {
    std::uint64_t digest = 0;
    for (const EncodedRange& range : ranges_) digest += range.digest;
    for (const Padding padding : ranked_paddings(type_, elements_, words)) fill_zero(out_, padding);
    return write_header(make_header(FrameKind::ranked, elements_, words, codebook_, digest), out_);
  }

  const std::span<const std::byte> raw_;
  const Codebook& codebook_;
  const std::span<std::byte> out_;
  const ElementType type_;
  const std::uint64_t elements_;
  const RankedLayout layout_;  ///< of a frame without a stream
  const std::uint64_t capacity_;
  const unsigned threads_;
  std::vector<EncodedRange> ranges_;  ///< one for each thread
};

}  // namespace

EncodedFrame encode_ranked(std::span<const std::byte> raw, const Codebook& codebook,
                           std::span<std::byte> out, unsigned threads) {
  return RankedEncoder(raw, codebook, out, threads).encode();
}

}  // namespace splitbench
