#include "sim/verbs/codec/encode_predicted_dump.hpp"

#include <cstring>
#include <fmt/core.h>
#include <utility>
#include <vector>

#include "codec/exponent_statistics.hpp"
#include "codec/frame_file.hpp"
#include "codec/predicted/shortest_frame.hpp"
#include "sim/verbs/codec/rope_sidecar.hpp"
#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

using Elements = std::vector<std::uint16_t>;

Elements elements_of(const Tensor& tensor) {
  Elements elements(tensor.raw.size() / sizeof(std::uint16_t));
  std::memcpy(elements.data(), tensor.raw.data(), tensor.raw.size());
  return elements;
}

std::uint64_t ranked_bytes(const Elements& elements) {
  const ExponentHistogram histogram = exponent_histogram(elements);
  return expected_frame_bytes(histogram, calibrate(histogram, ElementType::bf16, FrameKind::ranked),
                              FrameKind::ranked);
}

void check_dump(const Dump& dump, const RopeSidecar& sidecar, const Predictor& predictor) {
  if (sidecar.width == predictor.row() && sidecar.layers <= predictor.layers.size()) return;
  throw InputError(fmt::format(
      "{}: {} layers of {} elements a token, the predictor is for {} of {} x {}", dump.path,
      sidecar.layers, sidecar.width, predictor.layers.size(), predictor.heads, predictor.head_dim));
}

}  // namespace

PredictedFrames encode_predicted_dump(const Dump& dump, const LoadedPredictor& predictor,
                                      PredictionMode mode, unsigned threads, OutputFile& out) {
  const RopeSidecar sidecar = read_positions(dump.path);
  check_dump(dump, sidecar, predictor.predictor);
  std::vector<std::byte> frame(max_shortest_frame_bytes(std::size_t{sidecar.tokens} * sidecar.width,
                                                        predictor.predictor, sidecar.pages));
  PredictedFrames written{.file_bytes = frame_file_start_bytes(0)};
  out.append(std::vector<std::byte>(written.file_bytes));
  Elements key_before, values_before;
  for (std::uint32_t layer = 0; layer < sidecar.layers; ++layer) {
    Elements key = elements_of(dump.tensors[2 * layer]);
    Elements values = elements_of(dump.tensors[2 * layer + 1]);
    const References references{.own_key = key,
                                .own_values = values,
                                .key_before = key_before,
                                .values_before = values_before};
    for (const TensorRole role : {TensorRole::key, TensorRole::value}) {
      const Elements& elements = role == TensorRole::key ? key : values;
      const PredictedTensor what{.layer = layer,
                                 .role = role,
                                 .mode = predictor.predictor.mode_for(layer, mode),
                                 .pages = sidecar.pages};
      const EncodedFrame encoded =
          encode_shortest(elements, what, predictor, references, frame, threads);
      out.append(std::span(frame).first(encoded.frame_bytes));
      written.frame_bytes += encoded.frame_bytes;
      written.predicted += encoded.kind == FrameKind::predicted ? 1 : 0;
      written.ranked_bytes += ranked_bytes(elements);
    }
    key_before = std::move(key);
    values_before = std::move(values);
  }
  written.file_bytes += written.frame_bytes;
  out.overwrite_start(frame_file_start(dump.tensors.size(), written.file_bytes, dump.preface));
  return written;
}

}  // namespace splitbench
