#pragma once
#include <memory>
#include <span>

#include "codec/baselines/baseline.hpp"
#include "codec/baselines/cuda/device_coder.cuh"

namespace splitbench {

/// Returns a batch of tensors in device memory. Throws std::invalid_argument if there are none, if
/// chunk_bytes is 0 or not a multiple of 32, or for planes of elements that are not bf16.
std::unique_ptr<BaselineBatch> make_nvcomp_batch(std::span<const BaselineTensor>,
                                                 const BaselineOptions&, bool planes,
                                                 const MakeDeviceCoder&);

}  // namespace splitbench
