#include "workers/plan/transfer_estimate.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace splitbench {

/// The stages that one chunk passes through, in order, with the seconds in each.
struct TransferEstimate::Line {
  std::vector<double> stages;
  std::size_t wire = 0;  ///< index of the wire among the stages

  std::span<const double> all() const { return stages; }
  std::span<const double> from_wire() const { return all().subspan(wire); }
};

namespace {

double sum(std::span<const double> stages) {
  return std::accumulate(stages.begin(), stages.end(), 0.0);
}

}  // namespace

std::uint64_t TransferEstimate::chunks_of(std::uint64_t bytes) const {
  assert(chunk_bytes > 0);
  return (bytes + chunk_bytes - 1) / chunk_bytes;
}

double TransferEstimate::chunk_of(std::uint64_t bytes) const {
  return static_cast<double>(bytes) / static_cast<double>(chunks_of(bytes));
}

/// Returns the seconds of all chunks. They follow each other at the pace of the slowest stage: of
/// the whole pipeline, or of the part from the wire on, once the wire is free.
double TransferEstimate::pipelined(std::uint64_t bytes, const Line& line, double wire_busy) const {
  const auto followers = static_cast<double>(chunks_of(bytes) - 1);
  if (!overlap) return sum(line.all()) + followers * sum(line.all());
  const auto from = [&](double begin, std::span<const double> stages) {
    return begin + sum(stages) + followers * std::ranges::max(stages);
  };
  return std::max(from(0, line.all()), from(wire_busy, line.from_wire()));
}

double TransferEstimate::lost(std::uint64_t bytes, const TransferLoad& load,
                              const Line& line) const {
  const double wire_busy = wire > 0 ? static_cast<double>(load.queued_bytes) / wire : 0;
  return pipelined(bytes, line, wire_busy) +
         load.waiting * static_cast<double>(chunks_of(bytes)) * std::ranges::max(line.stages);
}

TransferEstimate::Line TransferEstimate::line(const PackWork& pack,
                                              const UnpackWork& unpack) const {
  Line line;
  for (const auto& [stage, seconds] : model.pack<double>(pack)) line.stages.push_back(seconds);
  line.wire = line.stages.size();
  line.stages.push_back(wire > 0 ? pack.payload_bytes / wire : 0);
  for (const auto& [stage, seconds] : model.unpack<double>(unpack)) line.stages.push_back(seconds);
  return line;
}

TransferEstimate::Line TransferEstimate::raw_line(double chunk) const {
  const CodecRates& rates = model.rates_of(rated_codec(Arm::raw, {}));
  return line(
      {.rates = rates, .payload_bytes = chunk},
      {.rates = rates, .form = PayloadForm::raw, .raw_bytes = chunk, .payload_bytes = chunk});
}

/// Returns the line of an average chunk of `bytes`. It has its share of the tensors, or a part of
/// one.
TransferEstimate::Line TransferEstimate::coded_line(std::uint64_t bytes, double ratio,
                                                    FrameKind kind) const {
  const double chunk = chunk_of(bytes);
  const double pieces = std::max(1.0, tensors / static_cast<double>(chunks_of(bytes)));
  const CodecRates& rates = model.rates_of(rated_codec(kind));
  return line(
      {.rates = rates, .encoded_bytes = chunk, .tensors = pieces, .payload_bytes = chunk / ratio},
      {.rates = rates, .raw_bytes = chunk, .tensors = pieces, .payload_bytes = chunk / ratio});
}

double TransferEstimate::raw(std::uint64_t bytes) const {
  return bytes == 0 ? 0 : pipelined(bytes, raw_line(chunk_of(bytes)));
}

double TransferEstimate::encoded(std::uint64_t bytes, double ratio, FrameKind kind) const {
  return bytes == 0 ? 0 : pipelined(bytes, coded_line(bytes, ratio, kind));
}

bool TransferEstimate::pays(std::uint64_t bytes, double ratio) const {
  const double plain = raw(bytes);
  return encoded(bytes, ratio) < plain && encoded(bytes, 1) <= (1 + kMostLost) * plain;
}

FrameKind TransferEstimate::best(std::uint64_t bytes, const TransferLoad& load,
                                 const FrameRatios& ratios) const {
  if (bytes == 0) return FrameKind::stored;
  double least = lost(bytes, load, raw_line(chunk_of(bytes)));
  FrameKind best = FrameKind::stored;
  for (const auto& [kind, ratio] : ratios) {
    if (!model.rates_of(rated_codec(kind)).known()) continue;
    const double time = lost(bytes, load, coded_line(bytes, ratio, kind));
    if (time < least) {
      least = time;
      best = kind;
    }
  }
  return best;
}

}  // namespace splitbench
