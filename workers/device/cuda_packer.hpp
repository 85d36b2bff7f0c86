#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "codec/cuda/cuda_codec.hpp"
#include "codec/cuda/device_sample.hpp"
#include "workers/device/backend.hpp"
#include "workers/device/device_clock.hpp"

namespace splitbench {

/// How many raw bytes, or frames at their longest, lie before each piece of a chunk; and at last,
/// how many in all.
std::vector<std::uint64_t> frame_places(const Pipeline&, const Chunk&);

/// Packs chunks on the device, some at a time: while one is copied out, the next is encoded.
///
///   raw     copied, piece by piece, to the slot or straight into the consumer's KV memory
///   fused   frames that the encoder writes where they go: to device memory, each at its
///           frame_places, and, if the pipeline wants it so, to the host's, where a chunk of one
///           piece needs no closing of gaps
///   staged  frames that are encoded in device memory and then copied out without gaps
///
/// One thread.
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
    explicit Flight(std::uint64_t staged_bytes)
        : frames(staged_bytes),
          results(kMaxPieces * sizeof(EncodedFrame)),
          samples(kMaxPieces * sizeof(SampledExponents)) {}

    DeviceBuffer frames;  // staged
    PinnedBuffer results;
    PinnedBuffer samples;
    Event begun, encoded, copying, done, sampled;

    std::shared_ptr<const ClockAnchor> anchor;
    Time issued{0};
    Time copy_issued{0};
    Arm arm = Arm::raw;
    Stage stage = Stage::xfer_prep;
    std::span<std::byte> slot;
    std::uint64_t raw_bytes = 0;
    std::vector<std::byte*> outputs;  // where each frame is encoded to
    bool staged = false;
    bool copied = false;                      // or on its way to be
    std::vector<std::size_t> sampled_pieces;  // in the order of their samples

    /// The outcome of one of its pieces.
    CodedPiece piece(std::size_t index) const;

    const EncodedFrame& result(std::size_t piece) const {
      return results.as<EncodedFrame>()[piece];
    }
  };

  void copy_raw(Flight&, const Job&, std::uint64_t offset, const Chunk&, const Destination&);
  void encode(Flight&, const Job&, std::uint64_t offset, const Chunk&, std::span<const Coding>,
              std::byte* out);
  /// Beside the encoder, on a stream of its own.
  void sample(Flight&, std::span<const EncodeTask>, std::span<const Coding>);
  void copy_out(Flight&);
  /// Copies out whatever is encoded and comes next.
  void advance();

  const Pipeline& pipeline_;
  const KvSource& source_;
  const DeviceBuffer& kv_;
  const bool device_staging_;
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
