#include "workers/transfer_estimate.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <numeric>
#include <utility>

namespace splitbench {
namespace {

/// Of one chunk, one after the other, in seconds.
struct Stages {
  double encode = 0, copy_out = 0, wire = 0, copy_in = 0, decode = 0;
};

/// Full chunks follow each other through a pipeline at the pace of its slowest stage.
double pipelined(const TransferEstimate& estimate, const Stages& stages, std::uint64_t chunks) {
  const std::array line = {stages.encode, stages.copy_out, stages.wire, stages.copy_in,
                           stages.decode};
  const double one = std::accumulate(line.begin(), line.end(), 0.0);
  const double pace = estimate.overlap ? *std::ranges::max_element(line) : one;
  return one + static_cast<double>(chunks - 1) * pace;
}

std::uint64_t chunks_of(const TransferEstimate& estimate, std::uint64_t bytes) {
  assert(estimate.chunk_bytes > 0);
  return (bytes + estimate.chunk_bytes - 1) / estimate.chunk_bytes;
}

double copy(const TransferEstimate& estimate, double bytes) {
  const HardwareProfile& hw = estimate.hardware;
  return hw.copy_call + bytes / (estimate.to_peer ? hw.peer : hw.copy);
}

double wire(const TransferEstimate& estimate, double bytes) {
  return estimate.wire > 0 ? bytes / estimate.wire : 0;
}

}  // namespace

double TransferEstimate::raw(std::uint64_t bytes) const {
  if (bytes == 0) return 0;
  const std::uint64_t chunks = chunks_of(*this, bytes);
  const double payload = static_cast<double>(bytes) / static_cast<double>(chunks);
  const Stages stages{.copy_out = copy(*this, payload),
                      .wire = splitbench::wire(*this, payload),
                      .copy_in = to_peer ? 0 : copy(*this, payload)};
  return pipelined(*this, stages, chunks);
}

double TransferEstimate::encoded(std::uint64_t bytes, double ratio) const {
  if (bytes == 0) return 0;
  const std::uint64_t chunks = chunks_of(*this, bytes);
  const double elements = static_cast<double>(bytes) / static_cast<double>(chunks);
  const double payload = elements / ratio;
  const CodecRates& codec = hardware.rates(element_type);
  Stages stages{.encode = codec.call + elements / codec.encode,
                .copy_out = copy(*this, payload),
                .wire = splitbench::wire(*this, payload),
                .copy_in = to_peer ? 0 : copy(*this, payload),
                .decode = codec.call + elements / codec.decode};
  if (to_peer || fused_encode)
    stages.encode = std::max(stages.encode, std::exchange(stages.copy_out, 0));
  return pipelined(*this, stages, chunks);
}

bool TransferEstimate::pays(std::uint64_t bytes, double ratio) const {
  const double plain = raw(bytes);
  return encoded(bytes, ratio) < plain && encoded(bytes, 1) <= (1 + kMostLost) * plain;
}

}  // namespace splitbench
