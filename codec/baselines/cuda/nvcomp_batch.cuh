#pragma once
#include <memory>
#include <span>

#include "codec/baselines/cuda/device_coder.cuh"
#include "codec/baselines/peer.hpp"

namespace splitbench {

std::unique_ptr<BaselineBatch> make_nvcomp_batch(std::span<const BaselineTensor>,
                                                 const BaselineOptions&, bool planes,
                                                 const MakeDeviceCoder&);

}  // namespace splitbench
