#include "workers/codebooks/keeper_spec.hpp"

namespace splitbench {

TransferEstimate estimate_of(const Pipeline& pipeline, const HardwareProfile& hardware,
                             TransportKind transport, double wire) {
  return {.hardware = hardware,
          .element_type = pipeline.element_type,
          .chunk_bytes = pipeline.staging_plan().chunk_bytes,
          .wire = wire,
          .to_peer = transport == TransportKind::peer && hardware.peer > 0,
          .fused_encode = pipeline.fused_encode,
          .overlap = pipeline.overlap};
}

CodebookKeeper::Spec keeper_spec(const DriftSpec& drift, const Pipeline& pipeline,
                                 const KvSource& source, const TransferEstimate& estimate) {
  CodebookKeeper::Spec spec{
      .policy = drift.policy,
      .scope = drift.scope,
      .classes = static_cast<std::uint32_t>(pipeline.model.tensor_classes().size()),
      .width = pipeline.model.width(),
      .element_type = pipeline.element_type,
      .calibration = source.calibration(),
      .pays = nullptr,
      .choose = [estimate, pipeline](std::uint64_t raw_bytes, const TransferLoad& load,
                                     const FrameRatios& ratios) {
        if (raw_bytes == 0) return FrameKind::stored;
        TransferEstimate exact = estimate;  // tensors do not divide into full chunks
        const std::uint64_t chunks = pipeline.chunks(raw_bytes / pipeline.bytes_per_token()).size();
        exact.chunk_bytes = (raw_bytes + chunks - 1) / chunks;
        return exact.best(raw_bytes, load, ratios);
      }};
  if (drift.policy == DriftPolicy::fallback || drift.policy == DriftPolicy::recalibrate)
    spec.pays = [estimate](std::uint64_t raw_bytes, double ratio) {
      return estimate.pays(raw_bytes, ratio);
    };
  return spec;
}

}  // namespace splitbench
