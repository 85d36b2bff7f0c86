#include <algorithm>
#include <array>

#include "codec/cpu/block.hpp"
#include "codec/cpu/frame_coding.hpp"
#include "codec/cpu/sections.hpp"
#include "codec/cpu/stream_copy.hpp"
#include "codec/cpu/tile_ranges.hpp"

namespace splitbench {
namespace {

/// One decode call, for a SplitZip frame whose header has been checked and whose length is the one
/// in the header.
class FrameDecoder {
 public:
  FrameDecoder(const FrameHeader& header, std::span<const std::byte> frame,
               std::span<std::byte> raw, unsigned threads)
      : header_(header),
        frame_(frame),
        raw_(raw),
        format_(element_format(header.element_type)),
        layout_(splitzip_layout(header.element_type, header.elements, header.escapes)),
        table_(header.codebook()),
        streams_(raw.size() >= kStreamedBytes),
        threads_(range_count(tiles(header.elements), threads)) {}

  std::uint64_t decode() {
    check_padding();
    check_escapes();
    const std::uint64_t digest = sum_of_ranges(tiles(header_.elements), threads_,
                                               [&](TileRange range) { return join_tiles(range); });
    require(digest == header_.digest, FrameFault::digest);
    return digest;
  }

 private:
  void check_padding() const {
    for (const Padding padding : paddings(header_.element_type, header_.elements, header_.escapes))
      require_zero(frame_, padding);
    for (std::size_t plane = 0; plane < layout_.planes.size(); ++plane) {
      require_zero_rest(frame_, layout_.planes[plane],
                        header_.elements * format_.plane_bits[plane]);
    }
  }

  void check_escapes() const {
    std::uint64_t begin = 0;
    for (std::uint64_t tile = 0; tile < tiles(header_.elements); ++tile) {
      const std::uint64_t end = read_tile_end(tile_ends(), tile);
      require(begin <= end && end <= header_.escapes, FrameFault::tile_ends);
      const std::uint64_t elements =
          std::min(header_.elements - tile * kTileElements, kTileElements);
      std::uint64_t lowest = 0;
      for (; begin < end; ++begin) {
        const Escape escape = escape_at(begin);
        require(lowest <= escape.position && escape.position < elements,
                FrameFault::escape_position);
        require(escape.exponent < format_.exponents() &&
                    table_.code_of(escape.exponent) == CodeTable::kEscaped,
                FrameFault::escape_exponent);
        lowest = escape.position + std::uint64_t{1};
      }
    }
    require(begin == header_.escapes, FrameFault::tile_ends);
  }

  /// Decodes tiles and returns the digest of their elements. A block that is to be streamed is
  /// decoded into a buffer first, escapes and all.
  std::uint64_t join_tiles(TileRange range) const {
    const std::size_t block_bytes = kBlockElements * format_.bytes;
    alignas(64) std::array<std::byte, 2 * kBlockElements> staged;
    std::uint64_t sum = 0;
    for (std::uint64_t tile = range.begin; tile < range.end; ++tile) {
      std::uint64_t escape = read_tile_begin(tile_ends(), tile);
      const std::uint64_t escapes_end = read_tile_end(tile_ends(), tile);
      const std::span<std::byte> raw = tiles_of(raw_, {tile, tile + 1}, format_.bytes);
      for (std::size_t offset = 0; offset < raw.size(); offset += block_bytes) {
        const std::span target = raw.subspan(offset, std::min(block_bytes, raw.size() - offset));
        const std::span block = streams_ ? std::span(staged).first(target.size()) : target;
        const std::uint64_t position = offset / format_.bytes;
        const std::uint64_t element = tile * kTileElements + position;
        // Memory that is not written past the caches is read before it is written.
        FetchAhead ahead(streams_ ? std::span<std::byte>() : bytes_behind(raw_, target));
        ahead.ask();
        decode_block(table_, planes_at(frame_, layout_, format_, element), block);
        ahead.ask();
        escape = put_escapes(escape, escapes_end, position, block);
        ahead.ask();
        sum += frame_digest(header_.version, block, element * format_.bytes / 8);
        ahead.ask();
        if (streams_) stream_copy(block, target.data());
      }
    }
    if (streams_) flush_stream();
    return sum;
  }

  /// Puts the escapes of a block that begins at `position` of its tile. Returns the first one
  /// beyond the block.
  std::uint64_t put_escapes(std::uint64_t escape, std::uint64_t end, std::uint64_t position,
                            std::span<std::byte> block) const {
    for (; escape < end; ++escape) {
      const Escape patch = escape_at(escape);
      if (patch.position >= position + kBlockElements) break;
      put_escape(patch.exponent, block, patch.position - position);
    }
    return escape;
  }

  /// Puts the exponent of an escaped element. It must have code 0, with which it was decoded as if
  /// it had the lowest exponent of the codebook.
  void put_escape(std::uint8_t exponent, std::span<std::byte> block, std::size_t index) const {
    const unsigned element = load_element(block.data(), index, format_.bytes);
    require(format_.exponent(element) == header_.exponents[0], FrameFault::escape_code);
    store_element(block.data(), index, format_.bytes,
                  format_.join(exponent, format_.sign_mantissa(element)));
  }

  const std::byte* tile_ends() const { return frame_.data() + layout_.tile_ends; }
  Escape escape_at(std::uint64_t index) const {
    return read_escape(frame_.data() + layout_.escapes, index);
  }

  const FrameHeader& header_;
  const std::span<const std::byte> frame_;
  const std::span<std::byte> raw_;
  const ElementFormat format_;
  const FrameLayout layout_;
  const CodeTable table_;
  const bool streams_;
  const unsigned threads_;
};

}  // namespace

std::uint64_t decode_splitzip(const FrameHeader& header, std::span<const std::byte> frame,
                              std::span<std::byte> raw, unsigned threads) {
  return FrameDecoder(header, frame, raw, threads).decode();
}

}  // namespace splitbench
