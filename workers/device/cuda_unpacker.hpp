#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "workers/device/backend.hpp"
#include "workers/device/coders_by_arm.hpp"
#include "workers/device/cuda_decoder.hpp"
#include "workers/device/device_clock.hpp"

namespace splitbench {

/// Unpacks chunks on the device, some at a time: while one is decoded, the next is copied in. One
/// thread.
class CudaUnpacker {
 public:
  /// References must outlive it.
  CudaUnpacker(const BackendSpec&, const DeviceBuffer& kv);

  void begin(const Job&, std::uint64_t offset, const Chunk&, std::span<const std::byte> payload);
  bool ready();
  std::vector<Span> end();
  Time clock_error() const { return clock_.error(); }

 private:
  struct Flight {
    Flight(std::span<const Arm> arms, const CudaCoding&);

    CodersByArm<CudaDecoder> decoders;
    Event begun, copied, decoding, done;

    CudaDecoder* decoder = nullptr;  // the arm's
    CudaDecoder::Route route = CudaDecoder::Route::none;
    std::shared_ptr<const ClockAnchor> anchor;
    Time issued{0};
    Stage stage = Stage::kv_install;  // that decoding is
    bool launched = false;            // all that there is to do
    std::string fault;                // why nothing of it can be used
  };

  void launch(Flight&, const UnpackTask&);
  void decode(Flight&);
  /// Decodes whatever can be looked at and comes next.
  void advance();

  DeviceClock clock_;
  Stream copy_stream_{StreamPriority::highest};
  Stream decode_stream_{StreamPriority::highest};
  CudaCodec codec_;
  std::deque<Flight> flights_;  // unpack i is in flight i % kAtOnce
  std::uint64_t begun_ = 0, ended_ = 0;
  StageClock copier_, decoder_;
};

}  // namespace splitbench
