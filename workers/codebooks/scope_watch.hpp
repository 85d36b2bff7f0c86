#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "codec/codebook.hpp"
#include "workers/codebooks/escape_estimate.hpp"

namespace splitbench {

/// The state of one scope of codebooks: what is known of its exponents, whether its frames are
/// worth encoding, when it is worth sampling, and which codebook it should have. Jobs
/// are numbered from 1 in the order in which they are encoded. Not thread-safe.
///
/// Frames count the escapes of their codebook at no cost, and no other codebook can save more than
/// these escapes cost. So nothing is sampled as long as they are few; a scope that is stored, or
/// has more escapes than it need, is sampled.
class ScopeWatch {
 public:
  struct Spec {
    ElementType element_type = ElementType::bf16;
    std::uint32_t tensors = 1;      ///< tensors that share the codebook
    std::uint64_t stagger = 0;      ///< scopes that differ in it are sampled in different jobs
    bool recalibrates = false;      ///< false: samples only decide whether to encode
    ExponentHistogram calibration;  ///< histogram of all its tensors together
    /// The first codebook; without one, the best for the calibration.
    std::optional<Codebook> given{};
  };

  explicit ScopeWatch(const Spec&);

  const Codebook& codebook() const { return codebook_; }
  /// Returns how often the codebook has been replaced.
  std::uint32_t version() const { return static_cast<std::uint32_t>(changed_.size()); }
  /// Returns the escape rate of the codebook, as far as it counts (EscapeEstimate).
  double escape_rate() const { return estimate_.rate(); }
  /// Returns whether frames should be stored because they would hardly shrink.
  bool stored() const { return stored_; }

  /// Returns whether the job should sample this tensor, the index-th of the scope. `blind`: its
  /// frames will be stored and give no escapes. Must be called in the order of jobs, and for all
  /// tensors.
  bool samples(std::uint64_t job, std::uint32_t index, bool blind);

  /// Learns from a frame with the codebook. A frame that came back stored has as many escapes as
  /// elements.
  void saw_frame(std::uint64_t job, std::uint64_t elements, std::uint64_t escapes);
  /// Learns from a sample of the index-th tensor; `blind` as in samples().
  void saw_sample(std::uint64_t job, std::uint32_t index, const ExponentHistogram&, bool blind);
  /// Gives the scope another codebook if recent samples ask for it; returns whether it did.
  bool recalibrate(std::uint64_t job);

  /// The number of jobs within which a scope is given at most kMostChanges codebooks, which bounds
  /// what periodic drift can do.
  static constexpr std::uint64_t kWindow = 1024;
  static constexpr std::size_t kMostChanges = 2;

 private:
  std::uint64_t interval(std::uint64_t job, bool blind) const;
  void judge_estimate(std::uint64_t job);
  bool pool_suffices() const;
  ExponentHistogram drain();
  bool serves(const Codebook&, const ExponentHistogram&, double best) const;
  Codebook successor(const ExponentHistogram& pool, double best, std::uint64_t job);
  double share(double rate) const { return frame_share(spec_.element_type, rate); }

  Spec spec_;
  Codebook codebook_;
  double possible_;  // escape rate of the best codebook for the last samples
  EscapeEstimate estimate_;
  bool stored_ = false;
  bool uneasy_ = false;               // more escapes than possible_ explains
  std::uint64_t troubled_since_ = 0;  // job since which it is stored or uneasy, or has surprised

  std::uint64_t asked_job_ = 0;
  bool asked_ = false;       // true if the last job asked about samples the scope
  std::uint64_t round_ = 0;  // number of jobs that sampled it

  ExponentHistogram pool_{};  // samples since the codebook was judged last
  std::uint64_t pool_job_ = 0;
  std::uint32_t pool_jobs_ = 0;
  std::vector<bool> pooled_;  // one per tensor: true if it is in the pool

  // Histograms that codebooks were made for, the latest last.
  std::vector<ExponentHistogram> phases_;
  std::vector<std::uint64_t> changed_;
};

}  // namespace splitbench
