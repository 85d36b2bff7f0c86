#include "sim/model_costs.hpp"

#include <algorithm>
#include <cmath>

#include "codec/frame.hpp"

namespace splitbench {
namespace {

constexpr ElementType kType = ElementType::bf16;
constexpr std::uint64_t kBytesPerElement = element_bytes(kType);

Time seconds(double s) {
  return Time(std::llround(s * 1e9));
}

Time at_rate(std::uint64_t bytes, double rate, double call = 0) {
  return seconds(call + static_cast<double>(bytes) / rate);
}

}  // namespace

ModelCosts::ModelCosts(const Scenario& scenario, const Pipeline& pipeline, const KvSource& source)
    : scenario_(scenario),
      pipeline_(pipeline),
      source_(source),
      compute_{scenario.model, scenario.hardware, scenario.compute_scale} {}

StageTimes ModelCosts::compute(const Job& job, std::uint32_t group) {
  if (scenario_.compute == ComputeKind::none) return {};
  const std::uint32_t first = group * pipeline_.layers_per_group();
  const std::uint32_t layers =
      std::min(pipeline_.layers_per_group(), pipeline_.model.layers - first);
  return {{Stage::prefill_compute, compute_.prefill(job.requests, layers)}};
}

Time ModelCosts::copy(std::uint64_t bytes) const {
  return at_rate(bytes, scenario_.hardware.copy, scenario_.hardware.copy_call);
}

PrefillCosts::Pack ModelCosts::size_of(Arm arm, const Chunk& chunk) const {
  Pack pack;
  for (const Piece& piece : chunk.pieces) {
    const double rate = source_.escape_rate(source_.tile_of(piece.tensor));
    const auto escaped =
        static_cast<std::uint64_t>(std::llround(rate * static_cast<double>(piece.elements)));
    if (arm == Arm::raw) {
      pack.payload_bytes += piece.elements * kBytesPerElement;
    } else if (arm == Arm::splitzip && frame_kind(FrameKind::splitzip, kType, piece.elements,
                                                  escaped) == FrameKind::splitzip) {
      pack.payload_bytes += splitzip_frame_bytes(kType, piece.elements, escaped);
      pack.escapes += escaped;
    } else {
      pack.payload_bytes += stored_frame_bytes(kType, piece.elements);
    }
  }
  return pack;
}

PrefillCosts::Pack ModelCosts::pack(const Job& job, const Chunk& chunk) {
  const HardwareProfile& hw = scenario_.hardware;
  Pack pack = size_of(job.arm, chunk);
  if (job.arm == Arm::splitzip)
    pack.stages.push_back({Stage::encode, at_rate(chunk.elements * kBytesPerElement,
                                                  hw.splitzip.encode, hw.splitzip.call)});
  if (job.arm != Arm::splitzip || !hw.direct_staging)
    pack.stages.push_back({Stage::xfer_prep, copy(pack.payload_bytes)});
  return pack;
}

StageTimes ModelCosts::unpack(const Job& job, const Chunk& chunk) {
  const HardwareProfile& hw = scenario_.hardware;
  StageTimes stages;
  if (job.arm != Arm::splitzip || !hw.direct_staging)
    stages.push_back({Stage::kv_install, copy(size_of(job.arm, chunk).payload_bytes)});
  if (job.arm == Arm::splitzip)
    stages.push_back({Stage::decode_codec, at_rate(chunk.elements * kBytesPerElement,
                                                   hw.splitzip.decode, hw.splitzip.call)});
  return stages;
}

Time ModelCosts::digest(const Job& job) {
  const std::uint64_t bytes =
      job.tokens() * scenario_.model.elements_per_token() * kBytesPerElement;
  return at_rate(bytes, scenario_.hardware.digest);
}

Time ModelCosts::step(std::span<const std::uint64_t> context_tokens) {
  return scenario_.compute == ComputeKind::none ? Time{0} : compute_.decode_step(context_tokens);
}

}  // namespace splitbench
