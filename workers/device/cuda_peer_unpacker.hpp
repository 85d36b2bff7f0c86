#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "codec/baselines/device_payload.hpp"
#include "codec/cuda/device.hpp"
#include "workers/device/backend.hpp"
#include "workers/device/device_clock.hpp"

namespace splitbench {

/// Unpacks what CudaPeerPacker packs: while one chunk is decompressed, the next is copied in. One
/// thread.
class CudaPeerUnpacker {
 public:
  /// References must outlive it.
  CudaPeerUnpacker(const BackendSpec&, const DeviceBuffer& kv);

  void begin(const Job&, std::uint64_t offset, const Chunk&, std::span<const std::byte> payload);
  bool ready();
  std::vector<Span> end();
  Time clock_error() const { return clock_.error(); }

 private:
  struct Flight {
    std::map<Arm, std::unique_ptr<DeviceReader>> readers;
    Event begun, copied, decoding, done;

    std::shared_ptr<const ClockAnchor> anchor;
    Time issued{0};
    DeviceReader* reader = nullptr;
    std::string fault;  // why nothing of it can be used
  };

  void launch(Flight&, std::span<const std::byte> payload,
              std::span<const std::span<std::byte>> pieces);

  const Pipeline& pipeline_;
  const DeviceBuffer& kv_;
  DeviceClock clock_;
  Stream copy_stream_{StreamPriority::highest};
  Stream decode_stream_{StreamPriority::highest};
  std::deque<Flight> flights_;  // unpack i is in flight i % kAtOnce
  std::uint64_t begun_ = 0, ended_ = 0;
  StageClock copier_, decoder_;
};

}  // namespace splitbench
