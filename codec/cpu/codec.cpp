#include "codec/codec.hpp"

#include "codec/cpu/frame_coding.hpp"
#include "codec/cpu/stream_copy.hpp"
#include "codec/cpu/tile_ranges.hpp"

namespace splitbench {

namespace {

/// Copies all elements, a range of tiles per thread, and returns their digest in a frame of this
/// version.
std::uint64_t copy_elements(std::span<const std::byte> from, std::byte* to, ElementType type,
                            std::uint8_t version, unsigned threads) {
  const bool streams = from.size() >= kStreamedBytes;
  const std::uint64_t count = tiles(from.size() / element_bytes(type));
  return sum_of_ranges(count, range_count(count, threads), [&](TileRange range) {
    const std::span part = tiles_of(from, range, static_cast<unsigned>(element_bytes(type)));
    const auto offset = static_cast<std::uint64_t>(part.data() - from.data());
    return copy_and_digest(part, to + offset, offset / 8, version, streams);
  });
}

}  // namespace

EncodedFrame encode_stored(std::span<const std::byte> raw, ElementType type,
                           std::span<std::byte> out, unsigned threads) {
  const std::uint64_t digest =
      copy_elements(raw, out.data() + kHeaderBytes, type, FrameHeader::kVersion, threads);
  const std::uint64_t end = kHeaderBytes + raw.size();
  fill_zero(out, {end, padded(end)});
  const Codebook none{.exponents = {}, .element_type = type};
  return write_header(
      make_header(FrameKind::stored, raw.size() / element_bytes(type), 0, none, digest), out);
}

std::uint64_t decode_stored(const FrameHeader& header, std::span<const std::byte> frame,
                            std::span<std::byte> raw, unsigned threads) {
  require_zero(frame, {kHeaderBytes + raw.size(), frame.size()});
  const std::uint64_t digest = copy_elements(frame.subspan(kHeaderBytes, raw.size()), raw.data(),
                                             header.element_type, header.version, threads);
  require(digest == header.digest, FrameFault::digest);
  return digest;
}

EncodedFrame encode(std::span<const std::byte> raw, const Codebook& codebook, FrameKind wanted,
                    std::span<std::byte> out, unsigned threads) {
  const ElementType type = codebook.element_type;
  require(known(type), "the codebook's element type is unknown");
  require(known(wanted), "the frame's kind is unknown");
  require(raw.size() % element_bytes(type) == 0, "the input ends within an element");
  const std::uint64_t n = raw.size() / element_bytes(type);
  require(n <= kMaxElements, "a frame holds at most 2^34 elements");
  require(out.size() >= max_frame_bytes(type, n), "no room for the longest frame");
  require(wanted == FrameKind::stored || codebook.valid(wanted),
          wanted == FrameKind::ranked
              ? "the codebook is not one of different exponents in order of rank"
              : "the codebook is not strictly ascending within its type's exponents");
  switch (frame_kind(wanted, type, n, 0)) {
    case FrameKind::splitzip:
      return encode_splitzip(raw, codebook, out, threads);
    case FrameKind::ranked:
      return encode_ranked(raw, codebook, out, threads);
    case FrameKind::predicted:  // refused above
    case FrameKind::stored:
      break;
  }
  return encode_stored(raw, type, out, threads);
}

std::uint64_t decode(std::span<const std::byte> frame, std::span<std::byte> raw, unsigned threads) {
  const FrameHeader header = read_header(frame);
  require(header.elements * element_bytes(header.element_type) == raw.size(), FrameFault::elements);
  require(header.frame_bytes == frame.size(), FrameFault::length);
  switch (header.kind) {
    case FrameKind::splitzip:
      return decode_splitzip(header, frame, raw, threads);
    case FrameKind::ranked:
      return decode_ranked(header, frame, raw, threads);
    case FrameKind::predicted:
      throw BadFrame(FrameFault::predictor);
    case FrameKind::stored:
      break;
  }
  return decode_stored(header, frame, raw, threads);
}

}  // namespace splitbench
