#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "codec/cpu/block.hpp"
#include "codec/cpu/frame_coding.hpp"
#include "codec/cpu/stream_copy.hpp"
#include "codec/cpu/tile_ranges.hpp"

namespace splitbench {
namespace {

/// One encode call. Threads write planes and tile ends to their final places, which follow from the
/// number of elements alone; escapes wait until it is known how many come before.
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
        streams_(raw.size() >= kStreamedBytes),
        threads_(range_count(tiles(elements_), threads)),
        ranges_(threads_) {}

  /// Encodes the frame; it is stored after all if there are too many escapes.
  EncodedFrame encode() {
    const CodeTable table(codebook_);
    for_each_range(tiles(elements_), threads_, [&](unsigned number, TileRange range) {
      ranges_[number] = encode_tiles(table, range);
    });
    const std::uint64_t escapes = units_of(ranges_);
    if (escapes > capacity()) return encode_stored(raw_, codebook_.element_type, out_, threads_);
    place_tails(ranges_, tiles(elements_), out_.data() + layout_.tile_ends,
                out_.data() + layout_.escapes);
    return finish(escapes);
  }

 private:
  using Range = EncodedRange<EscapeRecord>;

  std::uint64_t capacity() const { return escape_capacity(codebook_.element_type, elements_); }

  Range encode_tiles(const CodeTable& table, TileRange range) const {
    Range encoded;
    // This is more than real data needs, and unused capacity costs nothing; growing would cost a
    // lot.
    encoded.tail.reserve((range.end - range.begin) * kTileElements / 32);
    EscapeBits escaped;
    for (std::uint64_t tile = range.begin; tile < range.end; ++tile) {
      const std::span<const std::byte> raw = tiles_of(raw_, {tile, tile + 1}, format_.bytes);
      const std::size_t block_bytes = kBlockElements * format_.bytes;
      for (std::size_t offset = 0; offset < raw.size(); offset += block_bytes) {
        const std::span block = raw.subspan(offset, std::min(block_bytes, raw.size() - offset));
        const std::uint64_t position = offset / format_.bytes;
        const std::uint64_t element = tile * kTileElements + position;
        FetchAhead ahead(bytes_behind(raw_, block));
        ahead.ask();
        encoded.digest += digest(block, element * format_.bytes / 8);
        ahead.ask();
        encode_planes(table, block, element, escaped);
        ahead.ask();
        append_escapes(escaped, block, position, encoded.tail);
        ahead.ask();
      }
      if (encoded.tail.size() > capacity()) break;  // the frame will be stored
      write_tile_end(out_.data() + layout_.tile_ends, tile, encoded.tail.size());
    }
    if (streams_) flush_stream();
    return encoded;
  }

  /// Encodes a block that begins with this element; what is to be streamed, into a buffer first.
  void encode_planes(const CodeTable& table, std::span<const std::byte> block,
                     std::uint64_t element, EscapeBits& escaped) const {
    const Planes planes = planes_at(out_, layout_, format_, element);
    if (!streams_) return encode_block(table, block, planes, escaped);
    alignas(64) std::array<std::array<std::byte, kBlockElements>, 3> staged;
    encode_block(table, block, {staged[0].data(), staged[1].data(), staged[2].data()}, escaped);
    for (std::size_t plane = 0; plane < planes.size(); ++plane) {
      const std::uint64_t n = block.size() / format_.bytes;
      stream_copy(std::span(staged[plane]).first(plane_bytes(n, format_.plane_bits[plane])),
                  planes[plane]);
    }
  }

  void append_escapes(const EscapeBits& escaped, std::span<const std::byte> block,
                      std::uint64_t position, std::vector<EscapeRecord>& escapes) const {
    // Most words have no escape, and a branch for each would be guessed wrong at every one that
    // has.
    std::array<std::uint8_t, std::tuple_size_v<EscapeBits>> words;
    std::size_t count = 0;
    for (std::size_t word = 0; word < escaped.size(); ++word) {
      words[count] = static_cast<std::uint8_t>(word);
      count += escaped[word] != 0;
    }
    for (const std::size_t word : std::span(words).first(count)) {
      for (std::uint64_t left = escaped[word]; left != 0; left &= left - 1) {
        const std::size_t i = 64 * word + static_cast<std::size_t>(std::countr_zero(left));
        const unsigned exponent = format_.exponent(load_element(block.data(), i, format_.bytes));
        escapes.push_back(to_record({.position = static_cast<std::uint16_t>(position + i),
                                     .exponent = static_cast<std::uint8_t>(exponent)}));
      }
    }
  }

  EncodedFrame finish(std::uint64_t escapes) const {
    for (const Padding padding : paddings(codebook_.element_type, elements_, escapes))
      fill_zero(out_, padding);
    return write_header(
        make_header(FrameKind::splitzip, elements_, escapes, codebook_, digest_of(ranges_)), out_);
  }

  const std::span<const std::byte> raw_;
  const Codebook& codebook_;
  const std::span<std::byte> out_;
  const ElementFormat format_;
  const std::uint64_t elements_;
  const FrameLayout layout_;  ///< layout of a frame without escapes
  const bool streams_;
  const unsigned threads_;
  std::vector<Range> ranges_;  ///< one for each thread
};

}  // namespace

EncodedFrame encode_splitzip(std::span<const std::byte> raw, const Codebook& codebook,
                             std::span<std::byte> out, unsigned threads) {
  return FrameEncoder(raw, codebook, out, threads).encode();
}

}  // namespace splitbench
