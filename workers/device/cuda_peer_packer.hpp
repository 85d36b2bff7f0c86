#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>

#include "codec/baselines/device_payload.hpp"
#include "codec/cuda/device.hpp"
#include "workers/device/backend.hpp"
#include "workers/device/device_clock.hpp"

namespace splitbench {

/// Of pieces of this pipeline's chunks.
PayloadLimits payload_limits(const Pipeline&);

/// Packs chunks of those of the spec's arms that are peers of this device: each is compressed and
/// gathered in device memory, and then copied out, while the next is compressed. One thread.
class CudaPeerPacker {
 public:
  /// References must outlive it.
  CudaPeerPacker(const BackendSpec&, const DeviceBuffer& kv);

  void begin(const Job&, std::uint64_t offset, const Chunk&, const Destination&);
  bool ready();
  Packed end();
  Time clock_error() const { return clock_.error(); }

 private:
  struct Flight {
    std::map<Arm, std::unique_ptr<DeviceWriter>> writers;
    Event begun, encoded, copying, done;

    std::shared_ptr<const ClockAnchor> anchor;
    Time issued{0};
    Time copy_issued{0};
    DeviceWriter* writer = nullptr;
    std::span<std::byte> slot;
    std::uint64_t payload_bytes = 0;
    bool copied = false;  // or on its way to be
  };

  void copy_out(Flight&);
  /// Copies out whatever is encoded and comes next.
  void advance();

  const Pipeline& pipeline_;
  const DeviceBuffer& kv_;
  DeviceClock clock_;
  Stream encode_stream_{StreamPriority::highest};
  Stream copy_stream_{StreamPriority::highest};
  std::deque<Flight> flights_;  // pack i is in flight i % kAtOnce
  std::uint64_t begun_ = 0, ended_ = 0;
  StageClock encoder_, copier_;
};

}  // namespace splitbench
