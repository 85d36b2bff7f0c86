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
#include "workers/plan/tensor_scopes.hpp"
#include "workers/plan/transfer_estimate.hpp"
#include "workers/plan/transport_traits.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// Decides how a prefill worker encodes, and learns from the outcome: the codebook of each scope,
/// which pieces are stored, and which have their exponents sampled. Frames carry their codebook, so
/// whatever is on its way stays decodable. It has no clock and sees no bytes, so it decides alike
/// in virtual and real time. Not thread-safe.
class CodebookKeeper {
 public:
  struct Spec {
    DriftPolicy policy = DriftPolicy::none;
    CodebookScope scope = CodebookScope::per_layer_kv;
    std::vector<CacheTensor> tensors;  ///< of the model
    ElementType element_type = ElementType::bf16;
    /// The histogram of each tensor, on which codebooks are calibrated before the first request;
    /// empty ones of tensors that no codec is for.
    std::vector<ExponentHistogram> calibration;
    /// An entry of a codebook file for each tensor, whose codebooks are used at first, instead of
    /// calibrated ones; the tensors of a scope have the same. Empty: they are calibrated.
    std::vector<CodebookFile::Entry> given;
    /// Returns whether encoding a job of so many raw bytes pays if its frames have this ratio, and
    /// takes at most the share TransferEstimate::kMostLost longer than raw bytes if they turn out
    /// not to shrink. Null: always.
    std::function<bool(std::uint64_t raw_bytes, double ratio)> pays;
    /// Returns the kind of frames that is best for a job of arm auto under this load, if the job
    /// has these ratios with them; stored stands for no frames at all. Null: ranked.
    std::function<FrameKind(const Job&, const TransferLoad&, const FrameRatios&)> choose;
  };

  explicit CodebookKeeper(Spec);

  /// Returns the arm that a job of arm auto takes: raw, or that of one of our codecs.
  Arm choose(const Job&, const TransferLoad&);
  /// Returns a coding for each piece of a chunk; none for an arm without frames. A job of arm auto
  /// must have got its arm by choose(). The chunks of a job come in order, and all of them, unless
  /// the job is dropped, before another job's. `codings` is empty: the memory for the result, if
  /// there is some at hand.
  std::vector<Coding> plan(const Job&, const Chunk&, std::vector<Coding> codings = {});
  /// Learns from the outcome of a chunk, one CodedPiece per piece, in the order of plan(). Chunks
  /// of dropped jobs may be left out.
  void learn(const Job&, const Chunk&, std::span<const CodedPiece>);
  /// Forgets what it learned, because another run begins.
  void reset();

  /// Returns the changes of codebooks since the last reset, in order. The reference is valid while
  /// the keeper lives; learn() appends, reset() empties it.
  const std::vector<CodebookChange>& changes() const { return changes_; }
  /// Returns the present codebook of a tensor that a codec is for, for frames of this kind. The
  /// reference is valid until the next reset(); learn() may change the codebook.
  const Codebook& codebook(std::uint32_t tensor, FrameKind kind = FrameKind::splitzip) const {
    const auto fixed = fixed_.find(kind);
    const std::uint32_t scope = tensor_scopes_.of(tensor);
    return fixed == fixed_.end() ? scopes_[scope].codebook() : fixed->second[scope];
  }

 private:
  /// A chunk that was planned and whose outcome is not known yet.
  struct Planned {
    struct Part {
      FrameKind wanted;
      std::uint32_t version;  ///< version of the codebook
    };
    std::uint64_t job;
    std::uint32_t chunk;
    std::uint64_t number;  ///< how many jobs had begun since the reset, this one included
    std::vector<Part> parts;
  };

  /// Returns whether the keeper learns from the arm's frames.
  bool watches(Arm arm) const {
    const Codec* codec = own_codec_of(arm);
    return watches() && codec != nullptr && codec->counts_escapes;
  }
  bool watches() const {
    return spec_.policy == DriftPolicy::fallback || spec_.policy == DriftPolicy::recalibrate;
  }
  /// Returns each scope's spec, with the histograms of its tensors added up.
  std::vector<ScopeWatch::Spec> scope_specs() const;
  /// Returns the codebooks with which scopes that learn nothing encode frames of this kind.
  std::vector<Codebook> fixed_codebooks(std::span<const ScopeWatch::Spec>, FrameKind) const;
  void begin(const Job&);
  bool is_coded(const Piece& piece) const { return spec_.tensors[piece.tensor].coded(); }
  std::uint64_t raw_bytes(const Job&) const;
  double expected_ratio(const Job&) const;
  /// Returns the ratio of the first codebooks on the elements that they were calibrated on.
  double calibrated_ratio(FrameKind) const;
  /// Returns the calibrated ratios of a job, of which some tensors may have no codec.
  FrameRatios whole_ratios(const Job&) const;
  Coding code(const Job&, const Piece&);
  /// Returns the coding of a piece that no codec is for.
  Coding carried() const;
  bool represents(const Job&, const Piece&) const;
  std::optional<Planned> planned(const Job&, const Chunk&);

  Spec spec_;
  TensorScopes tensor_scopes_;
  std::vector<ScopeWatch> scopes_;
  /// Each scope's codebook for frames that count no escapes; it does not change.
  std::map<FrameKind, std::vector<Codebook>> fixed_;
  FrameRatios ratios_;  // calibrated ratios, once they were needed
  std::vector<CodebookChange> changes_;
  std::uint64_t jobs_ = 0;         // number of jobs that began
  std::uint64_t current_job_ = 0;  // id of the last of them
  bool pays_ = true;               // true if encoding that job pays
  std::deque<Planned> planned_;
};

/// Returns the estimate of a transfer through this pipeline that is alone on a wire of `wire`
/// bytes/s (0: unlimited).
TransferEstimate estimate_of(const Pipeline&, const HardwareProfile&, TransportKind, double wire);

/// Returns the spec with which a prefill worker begins: codebooks are those that the source was
/// given, else calibrated on what it holds before anything drifts. Under a policy that stores what
/// would not pay, the estimate decides what does. The spec keeps no references to the arguments.
CodebookKeeper::Spec keeper_spec(const DriftSpec&, const Pipeline&, const KvSource&,
                                 const TransferEstimate&);

}  // namespace splitbench
