#include <vector>

#include "codec/cpu/frame_coding.hpp"
#include "codec/cpu/stream_copy.hpp"
#include "codec/cpu/tile_ranges.hpp"

namespace splitbench {
namespace {

/// Copies all elements, a range of tiles a thread; returns their digest.
std::uint64_t copy_elements(std::span<const std::byte> from, std::byte* to, ElementType type,
                            unsigned threads) {
  const bool streams = from.size() >= kStreamedBytes;
  const std::uint64_t count = tiles(from.size() / element_bytes(type));
  std::vector<std::uint64_t> digests(range_count(count, threads));
  for_each_range(
      count, static_cast<unsigned>(digests.size()), [&](unsigned number, TileRange range) {
        const std::span part = tiles_of(from, range, static_cast<unsigned>(element_bytes(type)));
        const auto offset = static_cast<std::uint64_t>(part.data() - from.data());
        digests[number] = copy_and_digest(part, to + offset, offset / 8, streams);
      });
  std::uint64_t digest = 0;
  for (const std::uint64_t share : digests) digest += share;
  return digest;
}

}  // namespace

EncodedFrame encode_stored(std::span<const std::byte> raw, ElementType type,
                           std::span<std::byte> out, unsigned threads) {
  const std::uint64_t digest = copy_elements(raw, out.data() + kHeaderBytes, type, threads);
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
                                             header.element_type, threads);
  require(digest == header.digest, FrameFault::digest);
  return digest;
}

}  // namespace splitbench
