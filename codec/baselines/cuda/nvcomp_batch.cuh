#pragma once
#include <memory>
#include <span>

#include "codec/baselines/baseline.hpp"
#include "codec/baselines/cuda/device_coder.cuh"

namespace splitbench {

/// Returns a batch of tensors in device memory. Throws std::invalid_argument if there are none, if
/// a chunk is not a multiple of 32 bytes, or for planes of elements that are not bf16.
std::unique_ptr<BaselineBatch> make_nvcomp_batch(std::span<const BaselineTensor>,
                                                 const BaselineOptions&, bool planes,
                                                 const MakeDeviceCoder&);

}  // namespace splitbench
