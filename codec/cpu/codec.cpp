#include "codec/codec.hpp"

#include <stdexcept>

#include "codec/cpu/frame_coding.hpp"

namespace splitbench {

namespace {

void require(bool holds, const char* otherwise) {
  if (!holds) throw std::invalid_argument(otherwise);
}

}  // namespace

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
    case FrameKind::stored:
      break;
  }
  return decode_stored(header, frame, raw, threads);
}

}  // namespace splitbench
