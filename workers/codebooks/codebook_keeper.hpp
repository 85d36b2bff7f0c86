#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "workers/codebooks/coding.hpp"
#include "workers/codebooks/scope_watch.hpp"
#include "workers/kv/drift.hpp"
#include "workers/kv/kv_source.hpp"
#include "workers/plan/chunk_plan.hpp"
#include "workers/plan/job.hpp"
#include "workers/plan/pipeline.hpp"
#include "workers/plan/transfer_estimate.hpp"
#include "workers/plan/transport_traits.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// Decides how a prefill worker encodes, and learns from what comes of it: the codebook of each
/// scope, what is stored, and which pieces have their exponents sampled. Frames carry their
/// codebook, so whatever is on its way stays decodable. Policy code: no clock, no bytes; the same
/// in both kinds of time. One thread.
class CodebookKeeper {
 public:
  struct Spec {
    DriftPolicy policy = DriftPolicy::none;
    CodebookScope scope = CodebookScope::per_layer_kv;
    /// Of tensors in a layer; tensors are numbered layer * classes + class.
    std::uint32_t classes = 2;
    std::uint64_t width = 0;  ///< elements of a tensor per token
    ElementType element_type = ElementType::bf16;
    /// Of each tensor of the model, what codebooks are calibrated on before the first request.
    std::vector<ExponentHistogram> calibration;
    /// Whether encoding a job of so many raw bytes pays if its frames have this ratio, and costs
    /// next to nothing if they turn out to have none. Where it is null: always.
    std::function<bool(std::uint64_t raw_bytes, double ratio)> pays;
    /// Of arm auto: the kind of frames that is best for a job of so many raw bytes under this load,
    /// if its frames have these ratios; stored: none at all. Where it is null: ranked ones.
    std::function<FrameKind(std::uint64_t raw_bytes, const TransferLoad&, const FrameRatios&)>
        choose;
  };

  explicit CodebookKeeper(Spec);

  /// What a job of arm auto is to be: raw, or of one of our codecs.
  Arm choose(const Job&, const TransferLoad&);
  /// For each piece of a chunk. Of an arm without frames: nothing; auto has become another by then.
  /// The chunks of a job come in order, and all of them, unless the job is dropped, before another
  /// job's.
  std::vector<Coding> plan(const Job&, const Chunk&);
  /// What became of a chunk, in the order of plan(). Those of dropped jobs may be left out.
  void learn(const Job&, const Chunk&, std::span<const CodedPiece>);
  /// Forgets what it learned: another run begins.
  void reset();

  /// Since the last reset, in order.
  const std::vector<CodebookChange>& changes() const { return changes_; }
  const Codebook& codebook(std::uint32_t tensor, FrameKind kind = FrameKind::splitzip) const {
    const auto fixed = fixed_.find(kind);
    const std::uint32_t scope = scope_of(tensor);
    return fixed == fixed_.end() ? scopes_[scope].codebook() : fixed->second[scope];
  }

 private:
  /// A chunk that was planned and of which nothing has been heard.
  struct Planned {
    struct Part {
      FrameKind wanted;
      std::uint32_t version;  ///< of the codebook
    };
    std::uint64_t job;
    std::uint32_t chunk;
    std::uint64_t number;  ///< the job's
    std::vector<Part> parts;
  };

  /// Whether what becomes of the arm's frames is learnt from.
  bool watches(Arm arm) const {
    const Codec* codec = own_codec_of(arm);
    return watches() && codec != nullptr && codec->counts_escapes;
  }
  bool watches() const {
    return spec_.policy == DriftPolicy::fallback || spec_.policy == DriftPolicy::recalibrate;
  }
  std::uint32_t scope_of(std::uint32_t tensor) const;
  std::uint32_t index_in_scope(std::uint32_t tensor) const;
  void begin(const Job&);
  std::uint64_t tensor_elements(const Job& job) const { return job.kv_tokens() * spec_.width; }
  std::uint64_t raw_bytes(const Job&) const;
  double expected_ratio(std::uint64_t tensor_elements) const;
  /// What the calibrated codebooks would do for what they were calibrated on.
  double calibrated_ratio(FrameKind) const;
  Coding code(const Job&, const Piece&);
  bool represents(const Job&, const Piece&) const;
  std::optional<Planned> planned(const Job&, const Chunk&);

  Spec spec_;
  std::vector<ScopeWatch> scopes_;
  /// Each scope's codebook for frames that count no escapes; they do not change.
  std::map<FrameKind, std::vector<Codebook>> fixed_;
  FrameRatios ratios_;  // calibrated, once they were asked for
  std::vector<CodebookChange> changes_;
  std::uint64_t jobs_ = 0;         // that began
  std::uint64_t current_job_ = 0;  // the last of them
  bool pays_ = true;               // to encode it
  std::deque<Planned> planned_;
};

/// A transfer through this pipeline that is alone on a wire of so many bytes/s (0: as fast as can
/// be).
TransferEstimate estimate_of(const Pipeline&, const HardwareProfile&, TransportKind, double wire);

/// How a prefill worker begins: with codebooks calibrated on what the source holds before anything
/// drifts. Under a policy that stores what would not pay, the estimate says what does.
CodebookKeeper::Spec keeper_spec(const DriftSpec&, const Pipeline&, const KvSource&,
                                 const TransferEstimate&);

}  // namespace splitbench
