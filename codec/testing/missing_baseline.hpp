#pragma once
#include <string>

#include "codec/codecs.hpp"
#include "codec/cuda/device.hpp"

namespace splitbench {

/// Returns why a baseline cannot be tested here: a device is missing, or else its library.
inline std::string why_missing(const Codec& baseline) {
  if (baseline.on_cuda && !cuda_available()) return "no CUDA device";
  return "built without " + std::string(baseline.name);
}

}  // namespace splitbench
