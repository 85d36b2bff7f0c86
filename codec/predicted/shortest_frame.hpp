#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "codec/predicted/predicted_codec.hpp"

namespace splitbench {

/// Returns a length that no frame of encode_shortest() exceeds while it is made.
std::uint64_t max_shortest_frame_bytes(std::size_t elements, const Predictor& predictor,
                                       const Pages& pages);

/// Encodes as the shortest of a predicted, a ranked and a stored frame: a predicted one if 16
/// tokens and the exponents of all say that it is shorter, and then if it is. The frame is at most
/// 0.1% and 128 bytes longer than that of encode() for a ranked one with its best codebook. `out`
/// holds at least max_shortest_frame_bytes; all else is as for encode_predicted().
EncodedFrame encode_shortest(std::span<const std::uint16_t> elements, const PredictedTensor& what,
                             const LoadedPredictor& predictor, const References& references,
                             std::span<std::byte> out, unsigned threads = 1);

/// The K and V of a layer, token by token.
template <typename T>
struct LayerOf {
  std::span<T> key;
  std::span<T> values;
};

/// Decodes the two frames of a layer, each of any kind, into as many elements as they hold: first
/// the one that the other is predicted from. `before` is the layer before, and not looked at unless
/// a frame is predicted from it; the predictor may be null if neither frame is predicted. Throws
/// BadFrame, also for frames of another layer.
void decode_layer(std::uint32_t layer, const LayerOf<const std::byte>& frames,
                  const LoadedPredictor* predictor, const LayerOf<const std::uint16_t>& before,
                  const LayerOf<std::uint16_t>& elements, unsigned threads = 1);

}  // namespace splitbench
