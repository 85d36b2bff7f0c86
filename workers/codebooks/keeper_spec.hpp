#pragma once
#include "workers/codebooks/codebook_keeper.hpp"
#include "workers/kv/kv_source.hpp"
#include "workers/plan/pipeline.hpp"
#include "workers/plan/transfer_estimate.hpp"

namespace splitbench {

/// A transfer through this pipeline that is alone on a wire of so many bytes/s (0: as fast as can
/// be).
TransferEstimate estimate_of(const Pipeline&, const HardwareProfile&, TransportKind, double wire);

/// How a prefill worker begins: with codebooks calibrated on what the source holds before anything
/// drifts. Under a policy that stores what would not pay, the estimate says what does.
CodebookKeeper::Spec keeper_spec(const DriftSpec&, const Pipeline&, const KvSource&,
                                 const TransferEstimate&);

}  // namespace splitbench
