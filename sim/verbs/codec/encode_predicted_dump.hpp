#pragma once
#include <cstdint>

#include "codec/predicted/predicted_codec.hpp"
#include "sim/cli/dump_file.hpp"
#include "workloads/files.hpp"

namespace splitbench {

/// The frames of a dump that was encoded with a predictor.
struct PredictedFrames {
  std::uint64_t file_bytes = 0;
  std::uint64_t frame_bytes = 0;
  std::uint64_t predicted = 0;     ///< frames that are
  std::uint64_t ranked_bytes = 0;  ///< what ranked frames would take, up to 0.1% more than they do
};

/// Writes a file of frames, K and V of each layer, each the shortest of a predicted, a ranked and a
/// stored one. Throws InputError if the dump is not one that the predictor is for.
PredictedFrames encode_predicted_dump(const Dump& dump, const LoadedPredictor& predictor,
                                      PredictionMode mode, unsigned threads, OutputFile& out);

}  // namespace splitbench
