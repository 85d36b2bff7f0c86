#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "codec/codebook.hpp"
#include "codec/digest.hpp"
#include "codec/element.hpp"
#include "codec/errors.hpp"
#include "codec/frame_layout.hpp"
#include "codec/predicted_format.hpp"

namespace splitbench {

// The frame format, which codec/FORMAT.md describes. Everything here but read_header also runs in
// kernels.

/// The first 128 bytes of every frame, codebook included, exactly as they lie in it.
struct FrameHeader {
  static constexpr std::uint32_t kMagic = 0x565a5053;  // "SPZV"
  static constexpr std::uint8_t kVersion = 2;

  std::uint32_t magic = kMagic;
  std::uint8_t version = kVersion;
  FrameKind kind = FrameKind::stored;
  ElementType element_type = ElementType::bf16;
  std::uint8_t code_bits = 0;
  std::uint64_t elements = 0;
  std::uint64_t frame_bytes = 0;
  std::uint64_t escapes = 0;
  std::uint64_t codebook_id = 0;
  std::uint64_t digest = 0;
  std::uint64_t checksum = 0;
  std::uint64_t stream_words = 0;
  std::uint64_t reserved[6] = {};
  std::array<std::uint8_t, 16> exponents{};  ///< the codebook's

  /// Returns the tail that frame_bytes() takes: the words of a ranked frame, the escapes of any
  /// other.
  constexpr std::uint64_t tail() const {
    return kind == FrameKind::ranked ? stream_words : escapes;
  }

  /// Returns what only a predicted frame says, or a part of zeros.
  constexpr PredictedPart predicted() const {
    return std::bit_cast<PredictedPart>(std::array{reserved[0], reserved[1], reserved[2]});
  }

  constexpr Codebook codebook() const {
    return {.exponents = exponents, .element_type = element_type};
  }
};
static_assert(sizeof(FrameHeader) == kHeaderBytes && std::is_trivially_copyable_v<FrameHeader>);
static_assert(std::endian::native == std::endian::little,
              "frames are little-endian, and so is this code");

/// Returns whether frames of this version can be read. Frames of version 1 have a checksum of their
/// elements in place of the digest.
constexpr bool known_version(std::uint8_t version) {
  return version == 1 || version == FrameHeader::kVersion;
}

/// Returns the checksum of the header's 16 words, with the checksum itself taken as zero.
constexpr std::uint64_t header_checksum(FrameHeader header) {
  header.checksum = 0;
  const auto words = std::bit_cast<std::array<std::uint64_t, kHeaderBytes / 8>>(header);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < words.size(); ++i) sum += mix(words[i], i);
  return sum;
}

/// Returns the code_bits of a header of this kind: the most bits that a code has, 0 if stored.
constexpr unsigned code_bits(FrameKind kind, ElementType type) {
  switch (kind) {
    case FrameKind::splitzip:
      return element_format(type).code_bits;
    case FrameKind::ranked:
      return ranked_format(type).code_bits();
    case FrameKind::predicted:
      return kMassBits;
    case FrameKind::stored:
      break;
  }
  return 0;
}

/// Returns a header without its checksum. `kind` is final (frame_kind), and `tail` is that of
/// frame_bytes(). A stored frame has a tail of 0, and of the codebook only the type.
constexpr FrameHeader unsigned_header(FrameKind kind, std::uint64_t elements, std::uint64_t tail,
                                      const Codebook& codebook, std::uint64_t codebook_id,
                                      std::uint64_t digest) {
  const ElementType type = codebook.element_type;
  FrameHeader header;
  header.kind = kind;
  header.element_type = type;
  header.code_bits = static_cast<std::uint8_t>(code_bits(kind, type));
  header.elements = elements;
  header.frame_bytes = frame_bytes(kind, type, elements, tail);
  header.digest = digest;
  if (kind == FrameKind::splitzip) header.escapes = tail;
  if (kind == FrameKind::ranked) header.stream_words = tail;
  if (kind != FrameKind::stored) {
    header.codebook_id = codebook_id;
    header.exponents = codebook.exponents;
  }
  return header;
}

/// Returns a whole header, with its checksum. The arguments are those of unsigned_header.
constexpr FrameHeader make_header(FrameKind kind, std::uint64_t elements, std::uint64_t tail,
                                  const Codebook& codebook, std::uint64_t digest) {
  FrameHeader header = unsigned_header(kind, elements, tail, codebook, codebook.id(), digest);
  header.checksum = header_checksum(header);
  return header;
}

/// Returns whether the header's codebook is valid for its kind and belongs to its id; a stored
/// frame has zeros in place of both.
constexpr bool codebook_fits(const FrameHeader& header) {
  if (header.kind != FrameKind::stored) {
    const Codebook codebook = header.codebook();
    return codebook.valid(header.kind) && header.codebook_id == codebook.id();
  }
  const auto words = std::bit_cast<std::array<std::uint64_t, 2>>(header.exponents);
  return words[0] == 0 && words[1] == 0 && header.codebook_id == 0;
}

/// Returns whether the header's counts are ones that a frame of its kind can have; then their sizes
/// do not overflow.
constexpr bool tail_fits(const FrameHeader& header) {
  const bool splitzip = header.kind == FrameKind::splitzip;
  const bool ranked = header.kind == FrameKind::ranked;
  const std::uint64_t most_words =
      ranked ? ranked_blocks(header.elements) * ranked_block_words(header.element_type) : 0;
  return header.escapes <= (splitzip ? header.elements : 0) && header.stream_words <= most_words;
}

/// Returns the share that a tensor's bytes, with `first_position` words of 64 bits before them,
/// have in the digest of a frame of this version.
inline std::uint64_t frame_digest(std::uint8_t version, std::span<const std::byte> bytes,
                                  std::uint64_t first_position = 0) {
  return version == 1 ? checksum(bytes, first_position) : digest(bytes, first_position);
}

/// Returns how a predicted frame's tensor is cut.
constexpr PredictedShape predicted_shape(const FrameHeader& header) {
  const PredictedPart part = header.predicted();
  return {.tokens = static_cast<std::uint32_t>(header.elements / part.row),
          .row = part.row,
          .head_dim = part.head_dim};
}

/// Returns the first fault of what only the header of a predicted frame says, or none. Then its
/// sizes do not overflow, but nothing is known yet about its predictor.
constexpr FrameFault check_predicted(const FrameHeader& header) {
  const PredictedPart part = header.predicted();
  for (const std::uint8_t unused : header.exponents) {
    if (unused != 0) return FrameFault::reserved;
  }
  const std::uint64_t behind = header.reserved[3] | header.reserved[4] | header.reserved[5];
  if (behind != 0 || part.reserved != 0 || part.reserved_too != 0) return FrameFault::reserved;
  if (header.version == 1) return FrameFault::version;
  if (header.element_type != ElementType::bf16) return FrameFault::element_type;
  if (header.elements == 0 || header.elements > kMaxPredictedElements) return FrameFault::elements;
  const bool row_fits = part.row > 0 && part.row <= kMaxPredictedRow && part.head_dim > 0 &&
                        part.row % part.head_dim == 0 && header.elements % part.row == 0;
  const bool mode_fits = part.role <= TensorRole::value && part.adjusted <= 1 &&
                         part.mode >= PredictionMode::means &&
                         part.mode <= PredictionMode::layer_before;
  if (!row_fits || !mode_fits || part.page_tokens == 0) return FrameFault::place;
  const PredictedShape shape = predicted_shape(header);
  if (part.page_tokens > shape.tokens) return FrameFault::place;
  if (header.escapes > header.elements || header.stream_words > most_stream_units(shape))
    return FrameFault::escapes;
  const PredictedLayout layout =
      predicted_layout(shape, part.page_tokens, part.adjusted == 1, header.stream_words);
  return header.frame_bytes == layout.end ? FrameFault::none : FrameFault::frame_bytes;
}

/// Returns the first fault of a header, or none if make_header could have made it; only then can
/// its sizes be trusted.
constexpr FrameFault check_header(const FrameHeader& header) {
  if (header.magic != FrameHeader::kMagic) return FrameFault::magic;
  if (!known_version(header.version)) return FrameFault::version;
  if (header.checksum != header_checksum(header)) return FrameFault::checksum;
  const ElementType type = header.element_type;
  const bool predicted = header.kind == FrameKind::predicted;
  if (!known(header.kind) && !predicted) return FrameFault::kind;
  if (!known(type)) return FrameFault::element_type;
  if (header.code_bits != code_bits(header.kind, type)) return FrameFault::code_bits;
  if (header.elements > kMaxElements) return FrameFault::elements;
  if (predicted) return check_predicted(header);
  for (const std::uint64_t word : header.reserved) {
    if (word != 0) return FrameFault::reserved;
  }
  if (!codebook_fits(header)) return FrameFault::codebook;
  if (!tail_fits(header)) return FrameFault::escapes;
  if (frame_kind(header.kind, type, header.elements, header.tail()) != header.kind)
    return FrameFault::escapes;
  return header.frame_bytes == frame_bytes(header.kind, type, header.elements, header.tail())
             ? FrameFault::none
             : FrameFault::frame_bytes;
}

/// Returns the checked header at the start of `bytes`, which may end before the frame does or go on
/// after it. Throws BadFrame if the header is wrong or cut off.
FrameHeader read_header(std::span<const std::byte> bytes);

}  // namespace splitbench
