#include <algorithm>
#include <array>
#include <vector>

#include "codec/cpu/frame_coding.hpp"
#include "codec/cpu/sections.hpp"
#include "codec/cpu/stream_copy.hpp"
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
        streams_(raw.size() >= kStreamedBytes),
        capacity_(tail_capacity(FrameKind::ranked, type_, elements_)),
        threads_(range_count(tiles(elements_), threads)),
        ranges_(threads_) {}

  /// Encodes the frame; it is stored after all if the stream is too long.
  EncodedFrame encode() {
    const CodeTable table(codebook_, FrameKind::ranked);
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

  Range encode_tiles(const CodeTable& table, TileRange range) const {
    const std::size_t block_bytes = kRankedBlock * element_bytes(type_);
    Range encoded;
    // This is more than most data needs, and unused capacity costs nothing; growing would cost a
    // lot.
    encoded.tail.reserve((range.end - range.begin) * kTileElements / 16);
    for (std::uint64_t tile = range.begin; tile < range.end; ++tile) {
      const std::size_t before = encoded.tail.size();
      const std::uint64_t end = std::min((tile + 1) * kBlocksPerTile, ranked_blocks(elements_));
      for (std::uint64_t block = tile * kBlocksPerTile; block < end; ++block) {
        const std::span raw = block_at(block * block_bytes);
        encoded.digest += digest(raw, block * block_bytes / 8);
        encode_block(table, block, raw, encoded.tail);
        write_block_end(out_.data() + layout_.block_ends, block, encoded.tail.size() - before);
      }
      if (encoded.tail.size() > capacity_) break;  // the frame will be stored
      write_tile_end(out_.data() + layout_.tile_ends, tile, encoded.tail.size());
    }
    if (streams_) flush_stream();
    return encoded;
  }

  /// Encodes a block while memory delivers the next one. What is to be streamed is written to a
  /// buffer first.
  void encode_block(const CodeTable& table, std::uint64_t block, std::span<const std::byte> raw,
                    std::vector<std::uint32_t>& stream) const {
    const std::uint64_t n = raw.size() / element_bytes(type_);
    const RankedFormat format = ranked_format(type_);
    const auto sections = ranked_sections_at(out_, layout_, format, block);
    const std::span next = block_at((block + 1) * kRankedBlock * element_bytes(type_));
    if (!streams_) return encode_ranked_block(table, raw, sections, stream, next);
    alignas(64) std::array<std::byte, 2 * kRankedBlock> planes;
    alignas(64) std::array<std::byte, kFirstLevelBytes> first_level;
    const RankedSections<std::byte> staged{{planes.data(), planes.data() + kRankedBlock},
                                           first_level.data()};
    encode_ranked_block(table, raw, staged, stream, next);
    for (std::size_t plane = 0; plane < staged.planes.size(); ++plane) {
      stream_copy({staged.planes[plane], plane_bytes(n, format.plane_bits[plane])},
                  sections.planes[plane]);
    }
    stream_copy(first_level, sections.first_level);
  }

  /// Returns the block that begins at a byte; it is empty behind the last one.
  std::span<const std::byte> block_at(std::size_t begin) const {
    const std::span rest = raw_.subspan(std::min(begin, raw_.size()));
    return rest.first(std::min(kRankedBlock * element_bytes(type_), rest.size()));
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
  const bool streams_;
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
