#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "codec/cuda/cuda_codec.hpp"
#include "workers/device/backend.hpp"
#include "workers/device/device_clock.hpp"

namespace splitbench {

/// Unpacks chunks on the device, some at a time: while one is decoded, the next is copied in.
/// Frames that lie in device memory already (device_staging) are decoded where they are, once their
/// headers have been fetched; raw chunks are then in their places before they arrive. One thread.
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
    explicit Flight(std::uint64_t staged_bytes)
        : frames(staged_bytes),
          headers(kMaxPieces * kHeaderBytes),
          statuses(kMaxPieces * sizeof(DecodeStatus)) {}

    DeviceBuffer frames;  // copied in
    PinnedBuffer headers;
    PinnedBuffer statuses;
    Event begun, copied, decoding, done;

    std::shared_ptr<const ClockAnchor> anchor;
    Time issued{0};
    Arm arm = Arm::raw;
    std::uint64_t payload_bytes = 0;
    std::vector<DecodeTask> tasks;
    bool in_place = false;  // nothing is copied in
    bool on_device = true;  // there is something to do
    bool launched = false;  // all that there is to do
    std::string fault;      // why nothing of it can be used
  };

  void copy_raw(Flight&, const Job&, std::uint64_t offset, const Chunk&,
                std::span<const std::byte> payload);
  void plan_tasks(Flight&, const Job&, std::uint64_t offset, const Chunk&);
  void copy_in(Flight&, std::span<const std::byte> payload);
  void fetch_headers(Flight&, const Chunk&, const std::byte* payload);
  void decode_in_place(Flight&);
  void decode(Flight&);
  /// Decodes whatever has its headers here and comes next.
  void advance();

  const Pipeline& pipeline_;
  const DeviceBuffer& kv_;
  const bool device_staging_;
  DeviceClock clock_;
  Stream copy_stream_{StreamPriority::highest};
  Stream decode_stream_{StreamPriority::highest};
  CudaCodec codec_;
  std::deque<Flight> flights_;  // unpack i is in flight i % kAtOnce
  std::uint64_t begun_ = 0, ended_ = 0;
  StageClock copier_, decoder_;
};

}  // namespace splitbench
