#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/codec.hpp"
#include "codec/predicted/features.hpp"
#include "codec/predicted/predictor.hpp"

namespace splitbench {

/// A predictor as its file gives it, and what follows from it. Not changed once made, so threads
/// may share one.
struct LoadedPredictor {
  Predictor predictor;
  std::uint64_t id = 0;             ///< the digest of its file, by which frames name it
  std::vector<SymbolTable> tables;  ///< those of the fits that it has

  const SymbolTable& table(Fit fit) const { return tables[static_cast<std::size_t>(fit)]; }
};

/// The content of a predicted frame: a layer's K or V of some tokens.
struct PredictedTensor {
  std::uint32_t layer;
  TensorRole role;
  PredictionMode mode;  ///< one that the predictor has; of the first layer not layer_before
  Pages pages;
};

/// Encodes `elements`, whole rows of the predictor's and at least one, as one predicted frame at
/// the start of `out`, which holds at least max_predicted_frame_bytes and does not overlap them:
/// longer than a stored frame if the prediction is bad. This is the reference: every other encoder
/// writes these bytes. Thread-safe; uses up to `threads` threads, the calling one included. Throws
/// std::invalid_argument if a rule is broken, and std::system_error if a thread cannot be started.
EncodedFrame encode_predicted(std::span<const std::uint16_t> elements, const PredictedTensor& what,
                              const LoadedPredictor& predictor, const References& references,
                              std::span<std::byte> out, unsigned threads = 1);

/// Returns the bytes of the frame that encode_predicted() makes, as 16 tokens tell.
std::uint64_t expected_frame_bytes(std::span<const std::uint16_t> elements,
                                   const PredictedTensor& what, const LoadedPredictor& predictor,
                                   const References& references);

/// Decodes exactly one predicted frame into `elements`, which are as many as it holds and do not
/// overlap it, and returns their digest. Thread-safe, with threads as in encode_predicted. Throws
/// BadFrame: for a frame of another predictor before anything behind its header is read; if header,
/// sizes, positions or entries are wrong, or a reference is not as long, before anything is
/// written. Streams are checked as they are read, and the digest last, so after a BadFrame the
/// elements are invalid.
std::uint64_t decode_predicted(std::span<const std::byte> frame, const LoadedPredictor& predictor,
                               const References& references, std::span<std::uint16_t> elements,
                               unsigned threads = 1);

/// Throws BadFrame, which names both predictors, unless the frame of this header is of this one and
/// of a layer that it has.
void require_predictor(const FrameHeader& header, const LoadedPredictor& predictor);

}  // namespace splitbench
