#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "codec/exponent_statistics.hpp"
#include "workers/codebooks/codebook_keeper.hpp"
#include "workers/kv/exponent_shares.hpp"

namespace splitbench {

inline constexpr CodebookScope kScopes[] = {CodebookScope::per_layer_kv, CodebookScope::per_layer,
                                            CodebookScope::kv, CodebookScope::global};

/// A prefill worker without bytes: jobs of one request go through a keeper, four chunks being
/// encoded at a time. The lengths of frames are computed from the true shares of exponents, and
/// samples are drawn from these at random.
class KeeperTrial {
 public:
  struct Spec {
    DriftPolicy policy = DriftPolicy::recalibrate;
    CodebookScope scope = CodebookScope::per_layer_kv;
    std::uint32_t layers = 4;
    std::uint64_t tokens = 1024;
    std::uint64_t chunk_bytes = 16 << 20;
    std::function<bool(std::uint64_t, double)> pays = nullptr;
  };
  static constexpr std::uint32_t kWidth = 1024;
  /// Returns the true shares of a job's tensor, one of a few tables that stay at their addresses.
  /// Codebooks are calibrated on job 0.
  using Truth = std::function<const ExponentShares&(std::uint64_t job, std::uint32_t tensor)>;

  /// The outcome of a job.
  struct Outcome {
    std::uint64_t raw_bytes = 0;
    std::uint64_t frame_bytes = 0;
    std::uint64_t oracle_bytes = 0;  ///< bytes with the best codebooks that its scopes could have
    std::uint64_t samples = 0;
    std::uint64_t encoded = 0, pieces = 0;

    double ratio() const { return double(raw_bytes) / double(frame_bytes); }
    double loss() const { return double(frame_bytes) / double(oracle_bytes) - 1; }
  };

  KeeperTrial(Spec spec, Truth truth)
      : spec_(std::move(spec)), truth_(std::move(truth)), keeper_(keeper_spec()) {}

  Outcome run(std::uint64_t job_number) {
    const Job job{.id = job_number,
                  .arm = Arm::splitzip,
                  .requests = {{.id = job_number, .prompt_tokens = spec_.tokens}}};
    Outcome outcome;
    const auto& oracle = best_codebooks(job_number);
    for (const Chunk& chunk :
         plan_chunks(geometry(), ElementType::bf16, {&spec_.tokens, 1}, 4, spec_.chunk_bytes)) {
      std::vector<CodedPiece> coded;
      const std::vector<Coding> codings = keeper_.plan(job, chunk);
      for (std::size_t i = 0; i < codings.size(); ++i) {
        const Piece& piece = chunk.pieces[i];
        const ExponentShares& shares = truth_(job_number, piece.tensor);
        coded.push_back(encode(codings[i], shares, piece));
        const Coding best{.codebook = oracle[scope_of(piece.tensor)]};
        outcome.raw_bytes += 2 * piece.elements;
        outcome.frame_bytes += coded.back().frame_bytes;
        outcome.oracle_bytes += encode(best, shares, piece).frame_bytes;
        outcome.samples += codings[i].sample;
        outcome.encoded += codings[i].wanted != FrameKind::stored;
        ++outcome.pieces;
      }
      under_way_.push_back({job, chunk, std::move(coded)});
      if (under_way_.size() < 4) continue;
      const auto& done = under_way_.front();
      keeper_.learn(done.job, done.chunk, done.coded);
      under_way_.pop_front();
    }
    return outcome;
  }

  CodebookKeeper& keeper() { return keeper_; }
  std::uint32_t scope_of(std::uint32_t tensor) const {
    return TensorScopes(spec_.scope, geometry().tensors(ElementType::bf16)).of(tensor);
  }

 private:
  struct UnderWay {
    Job job;
    Chunk chunk;
    std::vector<CodedPiece> coded;
  };

  ModelGeometry geometry() const {
    return {.layers = spec_.layers, .kv_heads = 8, .head_dim = kWidth / 8};
  }
  CodebookKeeper::Spec keeper_spec() const {
    CodebookKeeper::Spec spec{.policy = spec_.policy,
                              .scope = spec_.scope,
                              .tensors = geometry().tensors(ElementType::bf16),
                              .calibration = {},
                              .pays = spec_.pays};
    for (std::uint32_t tensor = 0; tensor < 2 * spec_.layers; ++tensor)
      spec.calibration.push_back(counts(truth_(0, tensor)));
    return spec;
  }
  const std::vector<Codebook>& best_codebooks(std::uint64_t job) {
    std::vector<const ExponentShares*> shares;
    for (std::uint32_t tensor = 0; tensor < 2 * spec_.layers; ++tensor)
      shares.push_back(&truth_(job, tensor));
    std::vector<Codebook>& best = oracle_[shares];
    if (!best.empty()) return best;
    std::vector<ExponentHistogram> histograms(shares.size());
    for (std::uint32_t tensor = 0; tensor < shares.size(); ++tensor)
      histograms[scope_of(tensor)] += counts(*shares[tensor]);
    for (const ExponentHistogram& histogram : histograms) best.push_back(calibrate(histogram));
    return best;
  }
  CodedPiece encode(const Coding& coding, const ExponentShares& shares, const Piece& piece) {
    const auto escapes = static_cast<std::uint64_t>(
        std::llround(escape_rate(shares, coding.codebook) * static_cast<double>(piece.elements)));
    CodedPiece coded;
    coded.kind = frame_kind(coding.wanted, ElementType::bf16, piece.elements, escapes);
    const bool stored = coded.kind == FrameKind::stored;
    coded.escapes = stored ? 0 : escapes;
    coded.frame_bytes = stored ? stored_frame_bytes(ElementType::bf16, piece.elements)
                               : splitzip_frame_bytes(ElementType::bf16, piece.elements, escapes);
    if (coding.sample)
      coded.sample =
          drawn(shares, static_cast<double>(std::min(piece.elements, kSampleElements)), random_);
    return coded;
  }

  Spec spec_;
  Truth truth_;
  CodebookKeeper keeper_;
  // The best codebooks by scope.
  std::map<std::vector<const ExponentShares*>, std::vector<Codebook>> oracle_;
  std::deque<UnderWay> under_way_;
  Random random_{1, "samples"};
};

}  // namespace splitbench
