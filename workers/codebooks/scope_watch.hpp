#pragma once
#include <cstdint>
#include <vector>

#include "codec/codebook.hpp"
#include "workers/codebooks/escape_estimate.hpp"

namespace splitbench {

/// What is known of the exponents of one scope of codebooks, and what follows from it: whether its
/// frames are worth encoding, when a sample of it is worth its price, and which codebook it should
/// have. Jobs are numbered from 1 in the order in which they are encoded.
///
/// Frames tell the escapes of the codebook there is for nothing, and no other codebook can save
/// more than they cost. So nothing is sampled as long as they are few; what is stored, or escapes
/// more than it need, is.
class ScopeWatch {
 public:
  struct Spec {
    ElementType element_type = ElementType::bf16;
    std::uint32_t tensors = 1;      ///< that share the codebook
    std::uint64_t stagger = 0;      ///< scopes of different ones are sampled in different jobs
    bool recalibrates = false;      ///< else a sample only says whether to encode
    ExponentHistogram calibration;  ///< of all its tensors together
  };

  explicit ScopeWatch(Spec);

  const Codebook& codebook() const { return codebook_; }
  std::uint32_t version() const { return static_cast<std::uint32_t>(changed_.size()); }
  /// Of the codebook, as far as it counts (EscapeEstimate).
  double escape_rate() const { return estimate_.rate(); }
  /// Its frames would shrink by next to nothing.
  bool stored() const { return stored_; }

  /// Whether the job should sample this tensor, the index-th of the scope. `blind`: its frames will
  /// be stored and say nothing. To be asked in the order of jobs, and of all its tensors.
  bool samples(std::uint64_t job, std::uint32_t index, bool blind);

  /// Of a frame with the codebook. One that came back stored has as many escapes as elements.
  void saw_frame(std::uint64_t job, std::uint64_t elements, std::uint64_t escapes);
  void saw_sample(std::uint64_t job, std::uint32_t index, const ExponentHistogram&, bool blind);
  /// Gives the scope another codebook if the samples of late ask for it.
  bool recalibrate(std::uint64_t job);

  /// No scope is given more than kMostChanges codebooks within this many jobs, which bounds what
  /// drift to and fro can do.
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
  double possible_;  // escape rate of the best codebook for what was sampled last
  EscapeEstimate estimate_;
  bool stored_ = false;
  bool uneasy_ = false;               // more escapes than possible_ explains
  std::uint64_t troubled_since_ = 0;  // stored or uneasy, or otherwise than thought

  std::uint64_t asked_job_ = 0;
  bool asked_ = false;       // the job asked about last samples the scope
  std::uint64_t round_ = 0;  // jobs that sampled it

  ExponentHistogram pool_{};  // samples since the codebook was judged last
  std::uint64_t pool_job_ = 0;
  std::uint32_t pool_jobs_ = 0;
  std::vector<bool> pooled_;  // tensors that are in it

  std::vector<ExponentHistogram> phases_;  // that codebooks were made for, the latest last
  std::vector<std::uint64_t> changed_;
};

}  // namespace splitbench
