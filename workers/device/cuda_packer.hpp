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

/// Packs chunks on the device, up to Pipeline::kAtOnce at a time: while one is copied out, the next
/// is encoded. The calls work as those of Backend. Not thread-safe.
class CudaPacker {
 public:
  /// The KV memory and the spec's pipeline must outlive it.
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

    CudaEncoder* encoder = nullptr;  // encoder of the job's arm
    CudaEncoder::Route route = CudaEncoder::Route::copied;
    std::shared_ptr<const ClockAnchor> anchor;
    Time issued{0};
    Time copy_issued{0};
    Stage stage = Stage::xfer_prep;
    std::span<std::byte> slot;
    bool copied = false;  // the copy is in its stream, or is not needed
  };

  void copy_out(Flight&);
  /// Begins to copy out the chunks that are encoded, in order.
  bool advance();

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
