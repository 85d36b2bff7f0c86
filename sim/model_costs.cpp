#include "sim/model_costs.hpp"

#include <algorithm>
#include <cmath>

#include "codec/frame.hpp"

namespace splitbench {
namespace {

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
      compute_{scenario.model, scenario.hardware, scenario.compute_scale, scenario.kv_dtype} {}

StageTimes ModelCosts::compute(const Job& job, std::uint32_t group) {
  if (scenario_.compute == ComputeKind::none) return {};
  const std::uint32_t first = group * pipeline_.layers_per_group();
  const std::uint32_t layers =
      std::min(pipeline_.layers_per_group(), pipeline_.model.layers - first);
  return {{Stage::prefill_compute, compute_.prefill(job.requests, layers)}};
}

bool ModelCosts::to_peer() const {
  return scenario_.transport == TransportKind::peer && scenario_.hardware.peer > 0;
}

Time ModelCosts::copy(std::uint64_t bytes) const {
  const HardwareProfile& hw = scenario_.hardware;
  return at_rate(bytes, to_peer() ? hw.peer : hw.copy, hw.copy_call);
}

PrefillCosts::Pack ModelCosts::size_of(Arm arm, const Chunk& chunk) const {
  const ElementType type = pipeline_.element_type;
  Pack pack;
  for (const Piece& piece : chunk.pieces) {
    const double rate = source_.escape_rate(source_.tile_of(piece.tensor));
    const auto escaped =
        static_cast<std::uint64_t>(std::llround(rate * static_cast<double>(piece.elements)));
    const std::uint64_t stored = stored_frame_bytes(type, piece.elements);
    const std::uint64_t coded = splitzip_layout(type, piece.elements, 0).escapes +
                                padded(scenario_.hardware.escape_bytes * escaped);
    if (arm == Arm::raw) {
      pack.payload_bytes += pipeline_.bytes_of(piece.elements);
    } else if (arm == Arm::splitzip && coded < stored) {
      pack.payload_bytes += coded;
      pack.escapes += escaped;
    } else {
      pack.payload_bytes += stored;
    }
  }
  return pack;
}

PrefillCosts::Pack ModelCosts::pack(const Job& job, const Chunk& chunk) {
  const CodecRates& codec = scenario_.hardware.rates(pipeline_.element_type);
  Pack pack = size_of(job.arm, chunk);
  const Time copied = copy(pack.payload_bytes);
  if (job.arm != Arm::splitzip) {
    pack.stages = {{Stage::xfer_prep, copied}};
    return pack;
  }
  const Time encoded = at_rate(pipeline_.bytes_of(chunk.elements), codec.encode, codec.call);
  if (to_peer() || (pipeline_.fused_encode && chunk.pieces.size() == 1))
    pack.stages = {{Stage::encode, std::max(encoded, copied)}};
  else
    pack.stages = {{Stage::encode, encoded}, {Stage::xfer_prep, copied}};
  return pack;
}

StageTimes ModelCosts::unpack(const Job& job, const Chunk& chunk) {
  const CodecRates& codec = scenario_.hardware.rates(pipeline_.element_type);
  StageTimes stages;
  if (!to_peer())
    stages.push_back({Stage::kv_install, copy(size_of(job.arm, chunk).payload_bytes)});
  else if (job.arm == Arm::raw)
    stages.push_back({Stage::kv_install, Time{0}});  // it lies in its place
  else if (job.arm == Arm::bypass)
    stages.push_back(
        {Stage::kv_install, at_rate(pipeline_.bytes_of(chunk.elements), codec.decode)});
  if (job.arm == Arm::splitzip)
    stages.push_back({Stage::decode_codec,
                      at_rate(pipeline_.bytes_of(chunk.elements), codec.decode, codec.call)});
  return stages;
}

Time ModelCosts::digest(const Job& job) {
  return at_rate(job.kv_tokens() * pipeline_.bytes_per_token(), scenario_.hardware.digest);
}

Time ModelCosts::step(std::span<const std::uint64_t> context_tokens) {
  return scenario_.compute == ComputeKind::none ? Time{0} : compute_.decode_step(context_tokens);
}

}  // namespace splitbench
