#include "codec/codec.hpp"
#include "codec/cpu/frame_coding.hpp"

namespace splitbench {

std::uint64_t decode(std::span<const std::byte> frame, std::span<std::byte> raw, unsigned threads) {
  const FrameHeader header = read_header(frame);
  require(header.elements * element_bytes(header.element_type) == raw.size(), FrameFault::elements);
  require(header.frame_bytes == frame.size(), FrameFault::length);
  switch (header.kind) {
    case FrameKind::splitzip:
      return decode_splitzip(header, frame, raw, threads);
    case FrameKind::ranked:
      return decode_ranked(header, frame, raw, threads);
    case FrameKind::stored:
      break;
  }
  return decode_stored(header, frame, raw, threads);
}

}  // namespace splitbench
