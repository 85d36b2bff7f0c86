#pragma once
#include <bit>
#include <cstdint>

#include "codec/frame_layout.hpp"

namespace splitbench {

// Predicted frames: codec/FORMAT.md. Everything here also runs in kernels.

/// The tensor of a layer that a frame holds; the values are part of the frame format.
enum class TensorRole : std::uint8_t { key = 0, value = 1 };

/// The source of a frame's predictions, from the least to the most that a decoder needs; the
/// values are part of the frame format. Users call them 1, 1b and 2b.
enum class PredictionMode : std::uint8_t {
  means = 1,         ///< each channel's mean, K's before RoPE
  own_values = 2,    ///< K from the V of its layer, V from its mean
  layer_before = 3,  ///< K from K and V of the layer before, V from these and its layer's K
};

/// The part of a predicted frame's header that other kinds keep zero.
struct PredictedPart {
  std::uint32_t layer = 0;  ///< from 0, as the predictor counts
  TensorRole role = TensorRole::key;
  PredictionMode mode = PredictionMode::means;
  std::uint8_t adjusted = 0;  ///< 1 if the frame brings means and scales of its own
  std::uint8_t reserved = 0;
  std::uint32_t row = 0;          ///< elements of a token: heads times head_dim
  std::uint32_t head_dim = 0;     ///< elements of a head
  std::uint32_t page_tokens = 0;  ///< tokens that have positions in a row, from their page's first
  std::uint32_t reserved_too = 0;

  bool operator==(const PredictedPart&) const = default;
};
static_assert(sizeof(PredictedPart) == 24);

/// Bounds that keep every sum of products within 32 bits: 3 rows of features, each product at most
/// 127 * 127, are below 2^29.
inline constexpr std::uint32_t kMaxPredictedRow = 8192;
static_assert(3ull * kMaxPredictedRow * 127 * 127 < std::uint64_t{1} << 29);

inline constexpr std::uint64_t kMaxPredictedElements = std::uint64_t{1} << 31;

/// Positions that the rotations reach: three digits of seven bits.
inline constexpr std::uint32_t kMaxPositions = 1u << 21;

/// A strip is 16 tokens, a patch 32 channels of it. A warp holds a patch: a thread has a lane and
/// goes through its elements in 16 steps.
inline constexpr std::uint32_t kStripTokens = 16;
inline constexpr std::uint32_t kPatchChannels = 32;
inline constexpr std::uint32_t kPatchSteps = 16;
inline constexpr std::uint32_t kPredictedLanes = 32;

/// Returns the token, from the strip's first, of a lane's element in a step.
constexpr std::uint32_t token_of(std::uint32_t step, std::uint32_t lane) {
  return lane / 4 + step / 2 % 2 * 8;
}
/// Returns the channel, from the patch's first, of a lane's element in a step.
constexpr std::uint32_t channel_of(std::uint32_t step, std::uint32_t lane) {
  return lane % 4 * 8 + step / 4 * 2 + step % 2;
}

/// The bits of an element that are coded with neither table nor prediction: 4 of the lowest and 2
/// above them. A lane's 16 elements of a patch have two words of the former and one of the latter.
inline constexpr std::uint32_t kRawWords = 3;
inline constexpr std::uint32_t kPatchRawBytes = kPredictedLanes * kRawWords * 4;

/// The bytes of the first patch that the lanes' first states carry: 16 bits each.
inline constexpr std::uint32_t kStartBytes = kPredictedLanes * 2;

/// The states that a stream begins with.
inline constexpr std::uint32_t kStateBytes = kPredictedLanes * 4;

/// An entry of the section of streams.
struct StreamEntry {
  std::uint32_t end;      ///< of its last word of 32 bits, from the first stream's first
  std::uint16_t words;    ///< of 16 bits
  std::uint16_t escapes;  ///< elements whose exponent stands beside the words

  bool operator==(const StreamEntry&) const = default;
};

/// Returns the words of 32 bits of a stream: its states, its words, its escapes and padding.
constexpr std::uint32_t stream_units(std::uint32_t words, std::uint32_t escapes) {
  return (kStateBytes + 2 * words + escapes + 3) / 4;
}

/// The cuts of a frame's tensor: into slabs of channels, and these into streams of whole strips.
struct PredictedShape {
  std::uint32_t tokens;
  std::uint32_t row;
  std::uint32_t head_dim;

  /// Returns the channels of a slab: a head if it is whole patches, else the whole row.
  constexpr std::uint32_t slab() const { return head_dim % kPatchChannels == 0 ? head_dim : row; }
  constexpr std::uint32_t slabs() const { return row / slab(); }
  /// Returns the patches of a strip of a slab, the last of them with channels missing if need be.
  constexpr std::uint32_t patches() const { return (slab() + kPatchChannels - 1) / kPatchChannels; }
  /// Returns the patch that is coded as number `visit` of a strip: the two halves of a head in
  /// turn, so that whoever codes holds both elements of a rotated pair.
  constexpr std::uint32_t patch_at(std::uint32_t visit) const {
    return patches() % 2 == 0 ? visit / 2 + visit % 2 * (patches() / 2) : visit;
  }

  constexpr std::uint32_t strips() const { return (tokens + kStripTokens - 1) / kStripTokens; }
  /// Returns the strips of a stream, about 16,384 elements.
  constexpr std::uint32_t stream_strips() const { return slab() < 1024 ? 1024 / slab() : 1; }
  /// Returns how many streams follow one another in a slab.
  constexpr std::uint32_t groups() const {
    return (strips() + stream_strips() - 1) / stream_strips();
  }
  constexpr std::uint32_t streams() const { return groups() * slabs(); }

  /// Returns the strips of the streams of a group, fewer in the last one.
  constexpr std::uint32_t strips_of(std::uint32_t group) const {
    const std::uint32_t left = strips() - group * stream_strips();
    return left < stream_strips() ? left : stream_strips();
  }
  /// Returns the raw bytes of a stream of so many strips.
  constexpr std::uint64_t raw_bytes(std::uint32_t strip_count) const {
    return std::uint64_t{strip_count} * patches() * kPatchRawBytes - kStartBytes;
  }
  /// Returns where the raw bytes of a stream begin. Streams are numbered group by group.
  constexpr std::uint64_t raw_begin(std::uint32_t stream) const {
    const std::uint32_t group = stream / slabs();
    return group * slabs() * raw_bytes(stream_strips()) +
           stream % slabs() * raw_bytes(strips_of(group));
  }
};

/// The bits of a frame's own mean and scale of a channel.
inline constexpr unsigned kMeanBits = 6, kScaleBits = 4;

/// The offset of each section of a predicted frame from the frame's first byte; `end` is the
/// frame's length.
struct PredictedLayout {
  std::uint64_t pages;
  std::uint64_t raw;
  std::uint64_t entries;
  std::uint64_t streams;
  std::uint64_t end;
};

constexpr std::uint64_t predicted_pages(std::uint32_t tokens, std::uint32_t page_tokens) {
  return (std::uint64_t{tokens} + page_tokens - 1) / page_tokens;
}

/// Returns the bytes of first positions, and of means and scales if the frame has any.
constexpr std::uint64_t page_bytes(const PredictedShape& shape, std::uint32_t page_tokens,
                                   bool adjusted) {
  const std::uint64_t adjustments =
      adjusted ? plane_bytes(shape.row, kMeanBits) + plane_bytes(shape.row, kScaleBits) : 0;
  return 4 * predicted_pages(shape.tokens, page_tokens) + adjustments;
}

constexpr std::uint64_t raw_section_bytes(const PredictedShape& shape) {
  return shape.raw_begin(shape.streams() - 1) +
         shape.raw_bytes(shape.strips_of(shape.groups() - 1));
}

/// Returns the layout of a frame whose streams have `units` words of 32 bits.
constexpr PredictedLayout predicted_layout(const PredictedShape& shape, std::uint32_t page_tokens,
                                           bool adjusted, std::uint64_t units) {
  PredictedLayout layout{};
  layout.pages = kHeaderBytes;
  layout.raw = layout.pages + padded(page_bytes(shape, page_tokens, adjusted));
  layout.entries = layout.raw + padded(raw_section_bytes(shape));
  layout.streams = layout.entries + padded(sizeof(StreamEntry) * shape.streams());
  layout.end = layout.streams + padded(4 * units);
  return layout;
}

/// The bits of a symbol's share of a table, which are the most that a symbol takes.
inline constexpr unsigned kMassBits = 10;
inline constexpr std::uint32_t kMass = 1u << kMassBits;

/// Returns the most words of 32 bits that the streams of such a tensor can have.
constexpr std::uint64_t most_stream_units(const PredictedShape& shape) {
  const std::uint64_t slots = std::uint64_t{shape.strips()} * kStripTokens * shape.slabs() *
                              shape.patches() * kPatchChannels;
  // A lane's state grows by up to 10 bits an element, and may have begun with 16 of 31.
  return (slots * (kMassBits + 8) / 8 + 3) / 4 +
         std::uint64_t{shape.streams()} * (kStateBytes + 2 * kPredictedLanes + 4) / 4;
}

/// Returns a length that no predicted frame of such a tensor exceeds.
constexpr std::uint64_t max_predicted_frame_bytes(const PredictedShape& shape,
                                                  std::uint32_t page_tokens) {
  return predicted_layout(shape, page_tokens, true, most_stream_units(shape)).end;
}

}  // namespace splitbench
