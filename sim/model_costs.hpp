#pragma once
#include "configs/scenario.hpp"
#include "sim/scheduled_engine.hpp"
#include "workers/kv_source.hpp"
#include "workers/pipeline.hpp"
#include "workers/timing.hpp"

namespace splitbench {

/// What work costs by the hardware profile, and how large frames get by the escape rates of the KV
/// source: the engines of virtual time.
class ModelCosts final : public PrefillCosts, public DecodeCosts {
 public:
  /// References must outlive it.
  ModelCosts(const Scenario&, const Pipeline&, const KvSource&);

  StageTimes compute(const Job&, std::uint32_t group) override;
  Pack pack(const Job&, const Chunk&) override;
  StageTimes unpack(const Job&, const Chunk&) override;
  Time digest(const Job&) override;
  Time step(std::span<const std::uint64_t> context_tokens) override;

 private:
  Pack size_of(Arm, const Chunk&) const;
  /// Chunks go straight into the decode worker's device memory.
  bool to_peer() const;
  Time copy(std::uint64_t bytes) const;

  const Scenario& scenario_;
  const Pipeline& pipeline_;
  const KvSource& source_;
  ComputeModel compute_;
};

}  // namespace splitbench
