#include "workers/codebooks/scope_watch.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "codec/exponent_statistics.hpp"

namespace splitbench {
namespace {

/// The share of the ratio that a codebook may lose before another is sought. Half of it ends the
/// unease.
constexpr double kLoss = 0.005;
/// Frames are not worth encoding above the first share of a stored frame, and are worth it again
/// below the second.
constexpr double kLeave = 0.99, kReturn = 0.98;
/// The deviation from the expectation after which a sample of what is stored is followed by more at
/// once.
constexpr double kNews = 0.02;
/// The least elements of a pool. A sample counts 16 Ki; with fewer than this, rates of a tenth of a
/// percent are noise.
constexpr std::uint64_t kPoolElements = 32'000;
constexpr std::uint32_t kPoolJobs = 2;
/// The age in jobs of its last sample beyond which a pool is out of date.
constexpr std::uint64_t kStale = 128;
/// The most tensors of a scope that one job samples; if there are more, they take turns.
constexpr std::uint32_t kSamplesPerJob = 16;

/// Returns the histogram scaled so that histograms of different lengths weigh the same.
ExponentHistogram scaled(const ExponentHistogram& histogram) {
  constexpr double kTotal = std::uint64_t{1} << 32;
  const double all = static_cast<double>(std::max<std::uint64_t>(elements(histogram), 1));
  ExponentHistogram result;
  std::ranges::transform(histogram, result.begin(), [&](std::uint64_t count) {
    return static_cast<std::uint64_t>(std::floor(static_cast<double>(count) / all * kTotal));
  });
  return result;
}

/// Returns whether a codebook has more escapes than the best one, beyond the noise of a sample.
bool beyond_noise(const ExponentHistogram& sample, const Codebook& own, const Codebook& best) {
  const auto more = static_cast<double>(escapes(sample, own) - escapes(sample, best));
  const auto all = static_cast<double>(escapes(sample, own) + escapes(sample, best));
  constexpr double kDeviations = 4;
  return more > kDeviations * std::sqrt(all);
}

}  // namespace

ScopeWatch::ScopeWatch(const Spec& spec)
    : spec_(spec),
      codebook_(spec_.given.value_or(calibrate(spec_.calibration, spec_.element_type))),
      possible_(splitbench::escape_rate(spec_.calibration,
                                        calibrate(spec_.calibration, spec_.element_type))),
      estimate_(spec_.element_type, splitbench::escape_rate(spec_.calibration, codebook_)),
      pooled_(spec_.tensors),
      phases_{scaled(spec_.calibration)} {
  judge_estimate(0);
}

/// Returns the number of jobs of which one is sampled, a power of two; 0: none is.
std::uint64_t ScopeWatch::interval(std::uint64_t job, bool blind) const {
  if (!spec_.recalibrates && !blind) return 0;
  // A scope that nothing helps is sampled less and less often.
  constexpr std::uint64_t kPatience = 16;
  if (uneasy_ || stored_)
    return std::bit_floor(
        std::clamp((job - troubled_since_) / kPatience, std::uint64_t{1}, kPatience));
  if (blind) return kPatience;
  return share(escape_rate()) > (1 + kLoss) * share(0) ? 4 * kPatience : 0;
}

bool ScopeWatch::samples(std::uint64_t job, std::uint32_t index, bool blind) {
  if (job != asked_job_) {
    const std::uint64_t every = interval(job, blind);
    // Once in every `every` jobs, and not in step with anything that is periodic.
    asked_ = every > 0 && job % every == (mix(job / every, 0) + spec_.stagger) % every;
    asked_job_ = job;
    if (asked_) ++round_;
  }
  const std::uint32_t turns = (spec_.tensors + kSamplesPerJob - 1) / kSamplesPerJob;
  return asked_ && (index + round_) % turns == 0;
}

void ScopeWatch::saw_frame(std::uint64_t job, std::uint64_t elements, std::uint64_t escapes) {
  if (elements == 0) return;
  estimate_.add(job, static_cast<double>(escapes) / static_cast<double>(elements), elements);
  judge_estimate(job);
}

void ScopeWatch::saw_sample(std::uint64_t job, std::uint32_t index,
                            const ExponentHistogram& histogram, bool blind) {
  if (elements(histogram) == 0) return;
  if (job > pool_job_ + kStale) drain();
  pool_ += histogram;
  pool_jobs_ += job != pool_job_;
  pool_job_ = job;
  pooled_[index] = true;
  if (!blind) return;
  const double rate = splitbench::escape_rate(histogram, codebook_);
  const bool news = std::abs(share(rate) - share(escape_rate())) > kNews;
  estimate_.add(job, rate, elements(histogram));
  judge_estimate(job);
  if (news) troubled_since_ = job;
}

void ScopeWatch::judge_estimate(std::uint64_t job) {
  const double now = share(escape_rate());
  const bool was_troubled = stored_ || uneasy_;
  stored_ = stored_ ? now >= kReturn : now > kLeave;
  uneasy_ = now > (1 + (uneasy_ ? kLoss / 2 : kLoss)) * share(possible_);
  if (!was_troubled) troubled_since_ = job;
}

bool ScopeWatch::pool_suffices() const {
  return pool_jobs_ >= kPoolJobs && elements(pool_) >= kPoolElements &&
         std::ranges::find(pooled_, false) == pooled_.end();
}

ExponentHistogram ScopeWatch::drain() {
  pool_jobs_ = 0;
  pool_job_ = 0;
  pooled_.assign(pooled_.size(), false);
  return std::exchange(pool_, {});
}

bool ScopeWatch::recalibrate(std::uint64_t job) {
  if (!spec_.recalibrates || !pool_suffices()) return false;
  const ExponentHistogram pool = drain();
  const Codebook best = calibrate(pool, spec_.element_type);
  possible_ = splitbench::escape_rate(pool, best);
  judge_estimate(job);
  if (share(possible_) > kReturn || serves(codebook_, pool, possible_) ||
      !beyond_noise(pool, codebook_, best))
    return false;
  if (changed_.size() >= kMostChanges && job < changed_[changed_.size() - kMostChanges] + kWindow)
    return false;

  const Codebook next = successor(pool, possible_, job);
  if (serves(codebook_, pool, splitbench::escape_rate(pool, next))) return false;
  codebook_ = next;
  changed_.push_back(job);
  estimate_ = EscapeEstimate(spec_.element_type, splitbench::escape_rate(pool, next));
  stored_ = uneasy_ = false;
  judge_estimate(job);
  return true;
}

/// Returns whether the codebook loses no more than kLoss of the ratio against the escape rate
/// `best`.
bool ScopeWatch::serves(const Codebook& codebook, const ExponentHistogram& pool,
                        double best) const {
  return share(splitbench::escape_rate(pool, codebook)) <= (1 + kLoss) * share(best);
}

/// Returns the best codebook for what was sampled; but so soon after another change, the best for
/// all phases between which the scope seems to drift periodically.
Codebook ScopeWatch::successor(const ExponentHistogram& pool, double best, std::uint64_t job) {
  constexpr std::size_t kPhases = 3;
  std::erase_if(phases_, [&](const ExponentHistogram& phase) {
    return serves(calibrate(phase, spec_.element_type), pool, best);
  });
  phases_.push_back(scaled(pool));
  if (phases_.size() > kPhases) phases_.erase(phases_.begin());
  ExponentHistogram basis{};
  const bool soon = !changed_.empty() && job < changed_.back() + kWindow;
  for (std::size_t i = soon ? 0 : phases_.size() - 1; i < phases_.size(); ++i) basis += phases_[i];
  return calibrate(basis, spec_.element_type);
}

}  // namespace splitbench
