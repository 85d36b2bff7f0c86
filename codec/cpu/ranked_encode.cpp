#include <algorithm>
#include <vector>

#include "codec/cpu/frame_coding.hpp"
#include "codec/cpu/sections.hpp"
#include "codec/cpu/tile_ranges.hpp"

namespace splitbench {
namespace {

/// One encode call. As with SplitZip, only the last section waits until it is known how much of it
/// comes before each part.
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

  /// Encodes the frame; it is stored after all if the stream is too long.
  EncodedFrame encode() {
    const RankTable table(codebook_);
    for_each_range(tiles(elements_), threads_, [&](unsigned number, TileRange range) {
      ranges_[number] = encode_tiles(table, range);
    });
    const std::uint64_t words = units_of(ranges_);
    if (words > capacity_) return encode_stored(raw_, type_, out_, threads_);
    place_tails(ranges_, tiles(elements_), out_.data() + layout_.tile_ends,
                out_.data() + layout_.stream);
    return finish(words);
  }

 private:
  using Range = EncodedRange<std::uint32_t>;

  Range encode_tiles(const RankTable& table, TileRange range) const {
    const RankedFormat format = ranked_format(type_);
    Range encoded;
    for (std::uint64_t tile = range.begin; tile < range.end; ++tile) {
      const unsigned bytes = element_format(type_).bytes;
      const std::size_t block_bytes = kRankedBlock * bytes;
      const std::span raw = tiles_of(raw_, {tile, tile + 1}, bytes);
      const std::size_t before = encoded.tail.size();
      for (std::size_t offset = 0; offset < raw.size(); offset += block_bytes) {
        const std::span block = raw.subspan(offset, std::min(block_bytes, raw.size() - offset));
        const std::uint64_t number = tile * kBlocksPerTile + offset / block_bytes;
        encoded.digest += digest(block, number * block_bytes / 8);
        encode_ranked_block(table, block, ranked_sections_at(out_, layout_, format, number),
                            encoded.tail);
        write_block_end(out_.data() + layout_.block_ends, number, encoded.tail.size() - before);
      }
      if (encoded.tail.size() > capacity_) break;  // the frame will be stored
      write_tile_end(out_.data() + layout_.tile_ends, tile, encoded.tail.size());
    }
    return encoded;
  }

  EncodedFrame finish(std::uint64_t words) const {
    for (const Padding padding : ranked_paddings(type_, elements_, words)) fill_zero(out_, padding);
    return write_header(
        make_header(FrameKind::ranked, elements_, words, codebook_, digest_of(ranges_)), out_);
  }

  const std::span<const std::byte> raw_;
  const Codebook& codebook_;
  const std::span<std::byte> out_;
  const ElementType type_;
  const std::uint64_t elements_;
  const RankedLayout layout_;  ///< layout of a frame without a stream
  const std::uint64_t capacity_;
  const unsigned threads_;
  std::vector<Range> ranges_;  ///< one for each thread
};

}  // namespace

EncodedFrame encode_ranked(std::span<const std::byte> raw, const Codebook& codebook,
                           std::span<std::byte> out, unsigned threads) {
  return RankedEncoder(raw, codebook, out, threads).encode();
}

}  // namespace splitbench
