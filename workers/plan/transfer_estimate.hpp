#pragma once
#include <cstdint>
#include <map>

#include "codec/element.hpp"
#include "workers/plan/hardware.hpp"
#include "workers/plan/stage_model.hpp"

namespace splitbench {

/// The load that a job's transfer meets, before it and behind it.
struct TransferLoad {
  /// Payload bytes that are packed for the same receiver and have not departed.
  std::uint64_t queued_bytes = 0;
  std::uint32_t waiting = 0;  ///< jobs that wait behind it
};

/// The compression ratio, raw bytes over frame bytes, of each of our codecs, by its kind of frame.
using FrameRatios = std::map<FrameKind, double>;

/// An estimate of the time that a job's KV takes by a hardware profile, from its first chunk's
/// encoder to its last chunk's decoder, if all of it is computed when it begins and nothing else is
/// under way. Chunks are taken to be equally long, and each stage to be as in virtual time. Delays
/// that are the same for every arm, such as the wire's latency, are left out. A value; const
/// members may be called from any thread.
struct TransferEstimate {
  StageModel model;
  std::uint64_t chunk_bytes = 0;  ///< raw bytes of the largest chunk
  double tensors = 1;             ///< tensors that a job has, equally long
  double wire = 0;                ///< bytes/s; 0: unlimited
  bool overlap = true;            ///< true if chunks follow one another through the stages

  /// Returns the seconds that `bytes` of KV take as raw bytes.
  double raw(std::uint64_t bytes) const;
  /// Returns the seconds that `bytes` of raw KV take as frames of splitzip or ranked kind that are
  /// shorter by the factor `ratio`.
  double encoded(std::uint64_t bytes, double ratio, FrameKind = FrameKind::splitzip) const;

  /// Returns whether splitzip frames of this ratio would be quicker than raw bytes and, should they
  /// not shrink at all, would take at most the share kMostLost longer. Fits
  /// CodebookKeeper::Spec::pays.
  bool pays(std::uint64_t bytes, double ratio) const;
  static constexpr double kMostLost = 0.01;

  /// Returns the kind of frames with which the job and those that wait behind it lose the least
  /// time; stored stands for raw bytes. The sum has the job's own transfer, whose first chunk finds
  /// the wire busy with what is queued, and for each waiting job the time that the slowest stage is
  /// busy with this one. A kind without rates in the hardware profile is not chosen. Fits
  /// CodebookKeeper::Spec::choose.
  FrameKind best(std::uint64_t bytes, const TransferLoad&, const FrameRatios&) const;

 private:
  struct Line;
  Line raw_line(double chunk) const;
  Line coded_line(std::uint64_t bytes, double ratio, FrameKind) const;
  Line line(const PackWork&, const UnpackWork&) const;
  double lost(std::uint64_t bytes, const TransferLoad&, const Line&) const;
  double pipelined(std::uint64_t bytes, const Line&, double wire_busy = 0) const;
  std::uint64_t chunks_of(std::uint64_t bytes) const;
  double chunk_of(std::uint64_t bytes) const;
};

}  // namespace splitbench
