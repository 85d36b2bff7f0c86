#include <algorithm>
#include <array>

#include "codec/cpu/frame_coding.hpp"
#include "codec/cpu/sections.hpp"
#include "codec/cpu/stream_copy.hpp"
#include "codec/cpu/tile_ranges.hpp"

namespace splitbench {
namespace {

/// One decode call, for a ranked frame whose header has been checked and whose length is the one in
/// the header.
class RankedDecoder {
 public:
  RankedDecoder(const FrameHeader& header, std::span<const std::byte> frame,
                std::span<std::byte> raw, unsigned threads)
      : header_(header),
        frame_(frame),
        raw_(raw),
        type_(header.element_type),
        format_(ranked_format(type_)),
        layout_(ranked_layout(type_, header.elements, header.stream_words)),
        table_(header.codebook(), FrameKind::ranked),
        streams_(raw.size() >= kStreamedBytes),
        threads_(range_count(tiles(header.elements), threads)) {}

  std::uint64_t decode() {
    check_padding();
    check_ends();
    const std::uint64_t digest =
        sum_of_ranges(tiles(header_.elements), threads_, [&](TileRange range) {
          return join_blocks(range.begin * kBlocksPerTile,
                             std::min(range.end * kBlocksPerTile, blocks()));
        });
    require(digest == header_.digest, FrameFault::digest);
    return digest;
  }

 private:
  std::uint64_t blocks() const { return ranked_blocks(header_.elements); }

  void check_padding() const {
    for (const Padding padding : ranked_paddings(type_, header_.elements, header_.stream_words))
      require_zero(frame_, padding);
    for (std::size_t plane = 0; plane < layout_.planes.size(); ++plane) {
      require_zero_rest(frame_, layout_.planes[plane],
                        header_.elements * format_.plane_bits[plane]);
    }
  }

  /// Checks that blocks end one after the other, the last of a tile with its tile, the last tile
  /// with the stream.
  void check_ends() const {
    std::uint64_t before = 0;
    for (std::uint64_t block = 0; block < blocks(); ++block) {
      const std::uint64_t end = block_end(block);
      require(before <= end && end <= header_.stream_words, FrameFault::tile_ends);
      const bool last = block + 1 == blocks() || (block + 1) % kBlocksPerTile == 0;
      require(!last || end == read_tile_end(tile_ends(), block / kBlocksPerTile),
              FrameFault::tile_ends);
      before = end;
    }
    require(before == header_.stream_words, FrameFault::tile_ends);
  }

  /// Decodes blocks and returns the digest of their elements. A block that is to be streamed is
  /// decoded into a buffer first.
  std::uint64_t join_blocks(std::uint64_t begin, std::uint64_t end) const {
    const std::size_t block_bytes = kRankedBlock * element_bytes(type_);
    alignas(64) std::array<std::byte, 2 * kRankedBlock> staged;
    std::uint64_t sum = 0;
    for (std::uint64_t block = begin; block < end; ++block) {
      const std::size_t offset = block * block_bytes;
      const std::span target = raw_.subspan(offset, std::min(block_bytes, raw_.size() - offset));
      const std::span joined = streams_ ? std::span(staged).first(target.size()) : target;
      const FrameFault fault =
          decode_ranked_block(table_, ranked_sections_at(frame_, layout_, format_, block),
                              stream_of(block), joined, memory_of(block + 1));
      require(fault == FrameFault::none, fault);
      sum += frame_digest(header_.version, joined, offset / 8);
      if (streams_) stream_copy(joined, target.data());
    }
    if (streams_) flush_stream();
    return sum;
  }

  /// Returns the memory of a block that delays it most: what is written through the caches is read
  /// first; else the largest section. It is empty behind the last block.
  std::span<const std::byte> memory_of(std::uint64_t block) const {
    const std::uint64_t begin = std::min(block * kRankedBlock, header_.elements);
    const std::uint64_t end = std::min(begin + kRankedBlock, header_.elements);
    if (!streams_)
      return raw_.subspan(begin * element_bytes(type_), (end - begin) * element_bytes(type_));
    const unsigned bits = format_.plane_bits[0];
    return frame_.subspan(layout_.planes[0] + plane_bytes(begin, bits),
                          plane_bytes(end - begin, bits));
  }

  std::span<const std::byte> stream_of(std::uint64_t block) const {
    const std::uint64_t begin = block == 0 ? 0 : block_end(block - 1);
    return frame_.subspan(layout_.stream + 4 * begin, 4 * (block_end(block) - begin));
  }

  const std::byte* tile_ends() const { return frame_.data() + layout_.tile_ends; }
  /// Returns where a block ends in the frame's stream, in words.
  std::uint64_t block_end(std::uint64_t block) const {
    return read_tile_begin(tile_ends(), block / kBlocksPerTile) +
           read_block_end(frame_.data() + layout_.block_ends, block);
  }

  const FrameHeader& header_;
  const std::span<const std::byte> frame_;
  const std::span<std::byte> raw_;
  const ElementType type_;
  const RankedFormat format_;
  const RankedLayout layout_;
  const CodeTable table_;
  const bool streams_;
  const unsigned threads_;
};

}  // namespace

std::uint64_t decode_ranked(const FrameHeader& header, std::span<const std::byte> frame,
                            std::span<std::byte> raw, unsigned threads) {
  return RankedDecoder(header, frame, raw, threads).decode();
}

}  // namespace splitbench
