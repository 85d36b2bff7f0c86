#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "codec/bad_frame.hpp"
#include "codec/codebook.hpp"
#include "codec/digest.hpp"
#include "codec/element.hpp"

namespace splitbench {

// What a frame looks like: codec/FORMAT.md. Everything here but read_header also runs in kernels.

inline constexpr std::uint64_t kTileElements = 16'384;
inline constexpr std::uint64_t kMaxElements = std::uint64_t{1}
                                              << 34;  ///< so that escapes fit 32 bits
inline constexpr std::uint64_t kEscapeBytes = 3;

enum class FrameKind : std::uint8_t { stored = 0, splitzip = 1 };

/// The first 128 bytes of every frame, codebook included, as they lie in it.
struct FrameHeader {
  static constexpr std::uint32_t kMagic = 0x565a5053;  // "SPZV"
  static constexpr std::uint8_t kVersion = 1;

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
  std::uint64_t reserved[7] = {};
  std::array<std::uint8_t, 16> exponents{};  ///< the codebook's

  constexpr Codebook codebook() const {
    return {.exponents = exponents, .element_type = element_type};
  }
};
inline constexpr std::uint64_t kHeaderBytes = 128;
static_assert(sizeof(FrameHeader) == kHeaderBytes && std::is_trivially_copyable_v<FrameHeader>);
static_assert(std::endian::native == std::endian::little,
              "frames are little-endian, and so is this code");

/// Sections begin on multiples of this, so that a warp's write is whole lines of memory, of PCIe
/// and of NVLink; frames are multiples of it long, so that they can be packed.
inline constexpr std::uint64_t kAlignment = 128;

/// Where each section of a SplitZip frame begins, in bytes from the frame's first; `end` is its
/// size.
struct FrameLayout {
  std::array<std::uint64_t, 3> planes;
  std::uint64_t tile_ends;
  std::uint64_t escapes;
  std::uint64_t end;
};

constexpr std::uint64_t padded(std::uint64_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

constexpr std::uint64_t tiles(std::uint64_t elements) {
  return (elements + kTileElements - 1) / kTileElements;
}

/// Of a plane of so many bits an element, padding not counted.
constexpr std::uint64_t plane_bytes(std::uint64_t elements, unsigned bits) {
  return (elements * bits + 7) / 8;
}

constexpr FrameLayout splitzip_layout(ElementType type, std::uint64_t elements,
                                      std::uint64_t escapes) {
  const ElementFormat format = element_format(type);
  FrameLayout layout{};
  std::uint64_t end = kHeaderBytes;
  for (int plane = 0; plane < 3; ++plane) {
    layout.planes[plane] = end;
    end += padded(plane_bytes(elements, format.plane_bits[plane]));
  }
  layout.tile_ends = end;
  layout.escapes = layout.tile_ends + padded(4 * tiles(elements));
  layout.end = layout.escapes + padded(kEscapeBytes * escapes);
  return layout;
}

constexpr std::uint64_t splitzip_frame_bytes(ElementType type, std::uint64_t elements,
                                             std::uint64_t escapes) {
  return splitzip_layout(type, elements, escapes).end;
}

constexpr std::uint64_t stored_frame_bytes(ElementType type, std::uint64_t elements) {
  return kHeaderBytes + padded(element_bytes(type) * elements);
}

/// No frame of so many elements is longer: what does not shrink is stored.
constexpr std::uint64_t max_frame_bytes(ElementType type, std::uint64_t elements) {
  return stored_frame_bytes(type, elements);
}

/// The most escapes with which a SplitZip frame is still smaller than a stored one.
constexpr std::uint64_t escape_capacity(ElementType type, std::uint64_t elements) {
  const std::uint64_t stored = stored_frame_bytes(type, elements);
  const std::uint64_t fixed = splitzip_frame_bytes(type, elements, 0);
  return fixed + kAlignment < stored ? (stored - fixed - kAlignment) / kEscapeBytes : 0;
}

/// What a frame becomes when this kind is wanted: SplitZip only where it is smaller than stored.
constexpr FrameKind frame_kind(FrameKind wanted, ElementType type, std::uint64_t elements,
                               std::uint64_t escapes) {
  const bool shrinks =
      splitzip_frame_bytes(type, elements, escapes) < stored_frame_bytes(type, elements);
  return wanted == FrameKind::splitzip && shrinks ? FrameKind::splitzip : FrameKind::stored;
}

/// The digest of the header's 16 words, with its own word taken as zero.
constexpr std::uint64_t header_checksum(FrameHeader header) {
  header.checksum = 0;
  const auto words = std::bit_cast<std::array<std::uint64_t, kHeaderBytes / 8>>(header);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < words.size(); ++i) sum += mix(words[i], i);
  return sum;
}

/// A header but for its checksum. `kind` is final (frame_kind). A stored frame has no codebook, but
/// its type, and no escapes.
constexpr FrameHeader unsigned_header(FrameKind kind, std::uint64_t elements, std::uint64_t escapes,
                                      const Codebook& codebook, std::uint64_t codebook_id,
                                      std::uint64_t digest) {
  const ElementType type = codebook.element_type;
  FrameHeader header;
  header.kind = kind;
  header.element_type = type;
  header.elements = elements;
  header.frame_bytes = stored_frame_bytes(type, elements);
  header.digest = digest;
  if (kind == FrameKind::splitzip) {
    header.code_bits = static_cast<std::uint8_t>(element_format(type).code_bits);
    header.frame_bytes = splitzip_frame_bytes(type, elements, escapes);
    header.escapes = escapes;
    header.codebook_id = codebook_id;
    header.exponents = codebook.exponents;
  }
  return header;
}

constexpr FrameHeader make_header(FrameKind kind, std::uint64_t elements, std::uint64_t escapes,
                                  const Codebook& codebook, std::uint64_t digest) {
  FrameHeader header = unsigned_header(kind, elements, escapes, codebook, codebook.id(), digest);
  header.checksum = header_checksum(header);
  return header;
}

/// A stored frame has zeros where others have their codebook and its id.
constexpr bool codebook_fits(const FrameHeader& header) {
  if (header.kind == FrameKind::splitzip) {
    const Codebook codebook = header.codebook();
    return codebook.valid() && header.codebook_id == codebook.id();
  }
  const auto words = std::bit_cast<std::array<std::uint64_t, 2>>(header.exponents);
  return words[0] == 0 && words[1] == 0 && header.codebook_id == 0;
}

/// Whether a header is one that make_header could have made; after that its sizes can be trusted.
constexpr FrameFault check_header(const FrameHeader& header) {
  if (header.magic != FrameHeader::kMagic) return FrameFault::magic;
  if (header.version != FrameHeader::kVersion) return FrameFault::version;
  if (header.checksum != header_checksum(header)) return FrameFault::checksum;
  const bool splitzip = header.kind == FrameKind::splitzip;
  const ElementType type = header.element_type;
  if (!splitzip && header.kind != FrameKind::stored) return FrameFault::kind;
  if (!known(type)) return FrameFault::element_type;
  if (header.code_bits != (splitzip ? element_format(type).code_bits : 0))
    return FrameFault::code_bits;
  if (header.elements > kMaxElements) return FrameFault::elements;
  for (const std::uint64_t word : header.reserved) {
    if (word != 0) return FrameFault::reserved;
  }
  if (!codebook_fits(header)) return FrameFault::codebook;
  if (header.escapes > (splitzip ? header.elements : 0)) return FrameFault::escapes;
  if (frame_kind(header.kind, type, header.elements, header.escapes) != header.kind)
    return FrameFault::escapes;
  const std::uint64_t bytes = splitzip ? splitzip_frame_bytes(type, header.elements, header.escapes)
                                       : stored_frame_bytes(type, header.elements);
  return header.frame_bytes == bytes ? FrameFault::none : FrameFault::frame_bytes;
}

/// The checked header at the start of these bytes, which may end before the frame does or go on
/// after it. Throws BadFrame.
FrameHeader read_header(std::span<const std::byte> bytes);

}  // namespace splitbench
