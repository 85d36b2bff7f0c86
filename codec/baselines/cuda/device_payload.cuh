#pragma once
#include <cstdint>
#include <memory>

#include "codec/baselines/cuda/device_coder.cuh"
#include "codec/baselines/device_payload.hpp"
#include "codec/baselines/payload_layout.hpp"

namespace splitbench {

/// The payloads of one of nvCOMP's baselines.
struct DevicePayloads {
  PayloadLimits limits;
  bool planes = false;
  std::uint64_t chunk_bytes = 0;
  MakeDeviceCoder coder;

  std::uint64_t most_seen() const { return planes ? limits.bytes / 2 : limits.bytes; }
  std::size_t most_chunks() const { return most_seen() / chunk_bytes + limits.pieces; }
  std::uint64_t most_plane_bytes() const {
    return planes ? most_seen() + limits.pieces * PayloadLayout::kAlignment : 0;
  }
  std::uint64_t most_bytes() const {
    const std::uint64_t around = sizeof(std::uint32_t) + PayloadLayout::kAlignment;  // each chunk
    return most_seen() + most_plane_bytes() + (most_chunks() + 1) * around;
  }
};

std::unique_ptr<DeviceWriter> make_device_writer(const DevicePayloads&);
std::unique_ptr<DeviceReader> make_device_reader(const DevicePayloads&);

}  // namespace splitbench
