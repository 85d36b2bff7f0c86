#pragma once
#include <memory>

#include "codec/baselines/baseline.hpp"
#include "codec/plugin/codec_library.hpp"

namespace splitbench {

/// Returns the codec of a library that works on CUDA devices as a baseline there. Its chunks need
/// no kernels of ours: the library's output stays where it was made, and is copied out of there.
Baseline device_baseline(const Codec&, const std::shared_ptr<const CodecLibrary>&);

}  // namespace splitbench
