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

/// Unpacks chunks on the device, up to Pipeline::kAtOnce at a time: while one is decoded, the next
/// is copied in. The calls work as those of Backend. Not thread-safe.
class CudaUnpacker {
 public:
  /// The KV memory and the spec's pipeline must outlive it.
  CudaUnpacker(const BackendSpec&, const DeviceBuffer& kv);

  void begin(const Job&, std::uint64_t offset, const Chunk&, std::span<const std::byte> payload);
  bool ready();
  StageSpans end();
  Time clock_error() const { return clock_.error(); }

 private:
  struct Flight {
    Flight(std::span<const Arm> arms, const CudaCoding&);

    CodersByArm<CudaDecoder> decoders;
    Event begun, copied, decoding, done;

    CudaDecoder* decoder = nullptr;  // decoder of the job's arm
    CudaDecoder::Route route = CudaDecoder::Route::none;
    std::shared_ptr<const ClockAnchor> anchor;
    Time issued{0};
    Stage stage = Stage::kv_install;  // stage that decoding counts as
    bool launched = false;            // all its work is in streams
    std::string fault;                // reason why the payload is refused, or empty
  };

  void launch(Flight&, const UnpackTask&);
  void decode(Flight&);
  /// Begins to decode the chunks whose headers have been fetched, in order.
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
