#include "workers/plan/transfer_estimate.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <numeric>
#include <utility>

namespace splitbench {

/// Of one chunk, one after the other, in seconds.
struct TransferEstimate::Stages {
  double encode = 0, copy_out = 0, wire = 0, copy_in = 0, decode = 0;

  std::array<double, 5> line() const { return {encode, copy_out, wire, copy_in, decode}; }
  double one() const {
    const auto all = line();
    return std::accumulate(all.begin(), all.end(), 0.0);
  }
  double slowest() const { return std::ranges::max(line()); }
};

std::uint64_t TransferEstimate::chunks_of(std::uint64_t bytes) const {
  assert(chunk_bytes > 0);
  return (bytes + chunk_bytes - 1) / chunk_bytes;
}

double TransferEstimate::chunk_of(std::uint64_t bytes) const {
  return static_cast<double>(bytes) / static_cast<double>(chunks_of(bytes));
}

double TransferEstimate::copy_time(double bytes) const {
  return hardware.copy_call + bytes / (to_peer ? hardware.peer : hardware.copy);
}

/// Full chunks follow each other through a pipeline at the pace of its slowest stage: of all of it,
/// or from the wire on, once that is free.
double TransferEstimate::pipelined(std::uint64_t bytes, const Stages& stages,
                                   double wire_busy) const {
  const auto followers = static_cast<double>(chunks_of(bytes) - 1);
  if (!overlap) return stages.one() + followers * stages.one();
  const Stages from_wire{.wire = stages.wire, .copy_in = stages.copy_in, .decode = stages.decode};
  return std::max(stages.one() + followers * stages.slowest(),
                  wire_busy + from_wire.one() + followers * from_wire.slowest());
}

double TransferEstimate::lost(std::uint64_t bytes, const TransferLoad& load,
                              const Stages& stages) const {
  const double wire_busy = wire > 0 ? static_cast<double>(load.queued_bytes) / wire : 0;
  return pipelined(bytes, stages, wire_busy) +
         load.waiting * static_cast<double>(chunks_of(bytes)) * stages.slowest();
}

TransferEstimate::Stages TransferEstimate::raw_stages(double chunk) const {
  return {.copy_out = copy_time(chunk),
          .wire = wire > 0 ? chunk / wire : 0,
          .copy_in = to_peer ? 0 : copy_time(chunk)};
}

TransferEstimate::Stages TransferEstimate::coded_stages(double chunk, double ratio,
                                                        FrameKind kind) const {
  const CodecRates codec = hardware.rates_of(codec_of(kind), element_type);
  Stages stages = raw_stages(chunk / ratio);
  stages.encode = codec.call + chunk / codec.encode;
  stages.decode = codec.call + chunk / codec.decode;
  if (to_peer || fused_encode)
    stages.encode = std::max(stages.encode, std::exchange(stages.copy_out, 0));
  if (fused_decode) stages.decode = std::max(stages.decode, std::exchange(stages.copy_in, 0));
  return stages;
}

double TransferEstimate::raw(std::uint64_t bytes) const {
  return bytes == 0 ? 0 : pipelined(bytes, raw_stages(chunk_of(bytes)));
}

double TransferEstimate::encoded(std::uint64_t bytes, double ratio, FrameKind kind) const {
  return bytes == 0 ? 0 : pipelined(bytes, coded_stages(chunk_of(bytes), ratio, kind));
}

bool TransferEstimate::pays(std::uint64_t bytes, double ratio) const {
  const double plain = raw(bytes);
  return encoded(bytes, ratio) < plain && encoded(bytes, 1) <= (1 + kMostLost) * plain;
}

FrameKind TransferEstimate::best(std::uint64_t bytes, const TransferLoad& load,
                                 const FrameRatios& ratios) const {
  if (bytes == 0) return FrameKind::stored;
  const double chunk = chunk_of(bytes);
  double least = lost(bytes, load, raw_stages(chunk));
  FrameKind best = FrameKind::stored;
  for (const auto& [kind, ratio] : ratios) {
    if (!hardware.rates_of(codec_of(kind), element_type).known()) continue;
    const double time = lost(bytes, load, coded_stages(chunk, ratio, kind));
    if (time < least) {
      least = time;
      best = kind;
    }
  }
  return best;
}

}  // namespace splitbench
