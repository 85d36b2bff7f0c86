#pragma once
#include <cuda_runtime_api.h>
#include <string>

#include "codec/cuda/device.hpp"

namespace splitbench {

/// Throws CudaError, with what was attempted and CUDA's message, unless `status` is success.
inline void check(cudaError_t status, const std::string& attempted) {
  if (status == cudaSuccess) return;
  throw CudaError(attempted + ": " + cudaGetErrorString(status));
}

/// Throws CudaError if the launch just before it failed. It stands after every launch.
inline void check_launch(const char* kernel) {
  check(cudaGetLastError(), std::string("launch ") + kernel);
}

}  // namespace splitbench
