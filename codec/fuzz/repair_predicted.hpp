#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <span>
#include <vector>

#include "codec/testing/predicted_tensors.hpp"

namespace splitbench {

/// Fewer elements than kAdjustedTokens have, so that an encoder gives no frame means of its own.
inline constexpr TestModel kFuzzedModel{2, 16, RopeStyle::halves};
inline constexpr std::uint64_t kMostFuzzedElements = 100 * 32;

/// Returns the predicted frame that begins with this header, with everything corrected that follows
/// from its counts, and those of its streams: their ends and sums, and the bounds of their states.
inline std::vector<std::byte> repair_predicted(std::vector<std::byte> input,
                                               const LoadedPredictor& predictor) {
  input.resize(std::max<std::size_t>(input.size(), kHeaderBytes));
  FrameHeader header;
  std::memcpy(&header, input.data(), sizeof header);
  PredictedPart part = header.predicted();
  part = {
      .layer = 1 + part.layer % 2,
      .role = part.role == TensorRole::key ? TensorRole::key : TensorRole::value,
      .mode = PredictionMode{static_cast<std::uint8_t>(1 + static_cast<unsigned>(part.mode) % 3)},
      .adjusted = static_cast<std::uint8_t>(part.adjusted & 1),
      .row = kFuzzedModel.row(),
      .head_dim = kFuzzedModel.head_dim,
      .page_tokens = part.page_tokens};
  const auto tokens =
      static_cast<std::uint32_t>(1 + header.elements / part.row % (kMostFuzzedElements / part.row));
  part.page_tokens = 1 + part.page_tokens % tokens;
  const PredictedShape shape{.tokens = tokens, .row = part.row, .head_dim = part.head_dim};
  const PredictedLayout fixed = predicted_layout(shape, part.page_tokens, part.adjusted == 1, 0);

  // What is behind the header goes to the sections in front of the streams; what is left, to these.
  std::vector<std::byte> frame(fixed.streams);
  std::span<const std::byte> rest = std::span(input).subspan(kHeaderBytes);
  const auto take = [&](std::span<std::byte> to) {
    const std::size_t bytes = std::min(rest.size(), to.size());
    std::ranges::copy(rest.first(bytes), to.begin());
    rest = rest.subspan(bytes);
  };
  take(std::span(frame).subspan(kHeaderBytes));
  header.escapes = 0;
  std::uint32_t units = 0;
  for (std::uint32_t stream = 0; stream < shape.streams(); ++stream) {
    StreamEntry entry;
    std::byte* const at = frame.data() + fixed.entries + sizeof entry * stream;
    std::memcpy(&entry, at, sizeof entry);
    entry.words %= 4096;
    entry.escapes %= 512;
    units += stream_units(entry.words, entry.escapes);
    entry.end = units;
    header.escapes += entry.escapes;
    std::memcpy(at, &entry, sizeof entry);
  }
  frame.resize(fixed.streams + padded(std::uint64_t{4} * units));
  take(std::span(frame).subspan(fixed.streams));
  for (std::uint32_t stream = 0, begin = 0; stream < shape.streams(); ++stream) {
    for (std::uint32_t lane = 0; lane < kPredictedLanes; ++lane) {
      std::uint32_t state;
      std::byte* const at = frame.data() + fixed.streams + std::size_t{4} * (begin + lane);
      std::memcpy(&state, at, sizeof state);
      state = (state & 0x7fffffff) | 1u << 15;
      std::memcpy(at, &state, sizeof state);
    }
    StreamEntry entry;
    std::memcpy(&entry, frame.data() + fixed.entries + sizeof entry * stream, sizeof entry);
    begin = entry.end;
  }

  FrameHeader repaired;
  repaired.kind = FrameKind::predicted;
  repaired.code_bits = static_cast<std::uint8_t>(kMassBits);
  repaired.elements = std::uint64_t{tokens} * part.row;
  repaired.frame_bytes = frame.size();
  repaired.escapes = header.escapes;
  repaired.codebook_id = predictor.id;
  repaired.digest = header.digest;
  repaired.stream_words = units;
  std::ranges::copy(std::bit_cast<std::array<std::uint64_t, 3>>(part), repaired.reserved);
  repaired.checksum = header_checksum(repaired);
  std::memcpy(frame.data(), &repaired, sizeof repaired);
  return frame;
}

}  // namespace splitbench
