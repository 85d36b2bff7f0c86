#pragma once
#include <memory>
#include <span>

#include "codec/baselines/cuda/device_coder.cuh"
#include "codec/baselines/peer.hpp"

namespace splitbench {

std::unique_ptr<PeerBatch> make_nvcomp_batch(std::span<const PeerTensor>, const PeerOptions&,
                                             bool planes, const MakeDeviceCoder&);

}  // namespace splitbench
