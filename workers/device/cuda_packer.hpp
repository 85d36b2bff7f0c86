#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <span>

#include "workers/device/backend.hpp"
#include "workers/device/coders_by_arm.hpp"
#include "workers/device/cuda_encoder.hpp"
#include "workers/device/device_clock.hpp"

namespace splitbench {

/// Packs chunks on the device, some at a time: while one is copied out, the next is encoded. One
/// thread.
class CudaPacker {
 public:
  /// References must outlive it.
  CudaPacker(const BackendSpec&, const DeviceBuffer& kv);

  void begin(const Job&, std::uint64_t offset, const Chunk&, std::span<const Coding>,
             const Destination&);
  bool ready();
  Packed end();
  Time clock_error() const { return clock_.error(); }

 private:
  struct Flight {
    Flight(std::span<const Arm> arms, const CudaCoding&);

    CodersByArm<CudaEncoder> encoders;
    Event begun, encoded, copying, done;

    CudaEncoder* encoder = nullptr;  // the arm's
    CudaEncoder::Route route = CudaEncoder::Route::copied;
    std::shared_ptr<const ClockAnchor> anchor;
    Time issued{0};
    Time copy_issued{0};
    Stage stage = Stage::xfer_prep;
    std::span<std::byte> slot;
    bool copied = false;  // or on its way to be, or never to be
  };

  void copy_out(Flight&);
  /// Copies out whatever is encoded and comes next.
  void advance();

  DeviceClock clock_;
  Stream encode_stream_{StreamPriority::highest};
  Stream copy_stream_{StreamPriority::highest};
  Stream sample_stream_{StreamPriority::highest};
  CudaCodec codec_;
  std::deque<Flight> flights_;  // pack i is in flight i % kAtOnce
  std::uint64_t begun_ = 0, ended_ = 0;
  StageClock encoder_, copier_;
};

}  // namespace splitbench
