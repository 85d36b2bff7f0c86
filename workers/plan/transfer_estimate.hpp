#pragma once
#include <cstdint>
#include <map>

#include "codec/element.hpp"
#include "workers/plan/hardware.hpp"
#include "workers/plan/stage_model.hpp"

namespace splitbench {

/// What a job's transfer finds before it and behind it.
struct TransferLoad {
  std::uint64_t queued_bytes = 0;  ///< packed for the same receiver, that are not through the wire
  std::uint32_t waiting = 0;       ///< jobs that follow it
};

/// Raw bytes over those of frames, by their kind: of each of our codecs.
using FrameRatios = std::map<FrameKind, double>;

/// How long a job's KV is on its way by a hardware profile, from its first chunk's encoder to its
/// last chunk's decoder, all of it being computed when it begins and nothing else under way. Chunks
/// are taken to be equally long, each stage to be as in virtual time. What every arm waits for
/// alike, such as the wire's latency, is left out.
struct TransferEstimate {
  StageModel model;
  std::uint64_t chunk_bytes = 0;  ///< raw bytes of the largest chunk
  double wire = 0;                ///< bytes/s; 0: as fast as can be
  bool overlap = true;            ///< chunks follow one another through the stages

  double raw(std::uint64_t bytes) const;  ///< in seconds, as is all here
  /// Raw bytes that are so many times as long as their frames, of splitzip or ranked kind.
  double encoded(std::uint64_t bytes, double ratio, FrameKind = FrameKind::splitzip) const;

  /// Frames of this ratio would be quicker than raw bytes; and should they turn out not to shrink
  /// at all, hardly anything would be lost. Fits CodebookKeeper::Spec::pays.
  bool pays(std::uint64_t bytes, double ratio) const;
  static constexpr double kMostLost = 0.01;

  /// The kind of frames with which the job and those that wait behind it lose least time: its own
  /// transfer, whose first chunk finds the wire busy with what is queued, and for each of them what
  /// the slowest stage is busy with it. Fits CodebookKeeper::Spec::choose. A kind of which the
  /// hardware has no figures is not chosen.
  FrameKind best(std::uint64_t bytes, const TransferLoad&, const FrameRatios&) const;

 private:
  struct Line;
  Line raw_line(double chunk) const;
  Line coded_line(double chunk, double ratio, FrameKind) const;
  Line line(const PackWork&, const UnpackWork&) const;
  double lost(std::uint64_t bytes, const TransferLoad&, const Line&) const;
  double pipelined(std::uint64_t bytes, const Line&, double wire_busy = 0) const;
  std::uint64_t chunks_of(std::uint64_t bytes) const;
  double chunk_of(std::uint64_t bytes) const;
};

}  // namespace splitbench
