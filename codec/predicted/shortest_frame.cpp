#include "codec/predicted/shortest_frame.hpp"

#include <algorithm>

#include "codec/exponent_statistics.hpp"

namespace splitbench {
namespace {

PredictedShape shape_of(std::size_t elements, const Predictor& predictor) {
  return {.tokens = static_cast<std::uint32_t>(elements / predictor.row()),
          .row = predictor.row(),
          .head_dim = predictor.head_dim};
}

/// One of the two frames of a layer.
struct LayerFrame {
  FrameHeader header;
  std::span<const std::byte> frame;
  std::span<std::uint16_t> elements;

  bool is_predicted_from(bool FitSources::*source) const {
    if (header.kind != FrameKind::predicted) return false;
    const PredictedPart part = header.predicted();
    return sources_of(fit_of(part.mode, part.role)).*source;
  }
};

LayerFrame open_frame(std::span<const std::byte> frame, std::span<std::uint16_t> elements,
                      std::uint32_t layer, TensorRole role, const LoadedPredictor* predictor) {
  const FrameHeader header = read_header(frame);
  if (header.kind == FrameKind::predicted) {
    if (predictor == nullptr) throw BadFrame(FrameFault::predictor);
    require_predictor(header, *predictor);
    const PredictedPart part = header.predicted();
    if (part.layer != layer || part.role != role) throw BadFrame(FrameFault::place);
  }
  return {header, frame, elements};
}

}  // namespace

std::uint64_t max_shortest_frame_bytes(std::size_t elements, const Predictor& predictor,
                                       const Pages& pages) {
  return std::max(max_predicted_frame_bytes(shape_of(elements, predictor), pages.page_tokens),
                  max_frame_bytes(ElementType::bf16, elements));
}

EncodedFrame encode_shortest(std::span<const std::uint16_t> elements, const PredictedTensor& what,
                             const LoadedPredictor& predictor, const References& references,
                             std::span<std::byte> out, unsigned threads) {
  const ExponentHistogram histogram = exponent_histogram(elements);
  const Codebook codebook = calibrate(histogram, ElementType::bf16, FrameKind::ranked);
  const std::uint64_t ranked = expected_frame_bytes(histogram, codebook, FrameKind::ranked);
  if (expected_frame_bytes(elements, what, predictor, references) < ranked) {
    const EncodedFrame predicted =
        encode_predicted(elements, what, predictor, references, out, threads);
    if (predicted.frame_bytes <= ranked) return predicted;
  }
  return encode(elements, codebook, FrameKind::ranked, out, threads);
}

void decode_layer(std::uint32_t layer, const LayerOf<const std::byte>& frames,
                  const LoadedPredictor* predictor, const LayerOf<const std::uint16_t>& before,
                  const LayerOf<std::uint16_t>& elements, unsigned threads) {
  const LayerFrame key = open_frame(frames.key, elements.key, layer, TensorRole::key, predictor);
  const LayerFrame values =
      open_frame(frames.values, elements.values, layer, TensorRole::value, predictor);
  const bool values_first = key.is_predicted_from(&FitSources::own_values);
  if (values_first && values.is_predicted_from(&FitSources::own_key))
    throw BadFrame("K and V of a layer are each predicted from the other");
  const References references{.own_key = elements.key,
                              .own_values = elements.values,
                              .key_before = before.key,
                              .values_before = before.values};
  for (const LayerFrame* const each :
       {values_first ? &values : &key, values_first ? &key : &values}) {
    if (each->header.kind == FrameKind::predicted) {
      decode_predicted(each->frame, *predictor, references, each->elements, threads);
    } else {
      decode(each->frame, each->elements, threads);
    }
  }
}

}  // namespace splitbench
