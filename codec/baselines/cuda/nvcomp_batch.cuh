#pragma once
#include <memory>
#include <span>

#include "codec/baselines/baseline.hpp"
#include "codec/baselines/cuda/device_coder.cuh"

namespace splitbench {

std::unique_ptr<BaselineBatch> make_nvcomp_batch(std::span<const BaselineTensor>,
                                                 const BaselineOptions&, bool planes,
                                                 const MakeDeviceCoder&);

}  // namespace splitbench
