#pragma once
#include <algorithm>
#include <cstdint>

#include "codec/frame.hpp"

namespace splitbench {

/// Returns the bytes of splitzip frames of `elements` elements over those of stored frames; 1 if
/// they would not shrink. The default is so many elements that headers do not count.
inline double frame_share(ElementType type, double escape_rate,
                          std::uint64_t elements = std::uint64_t{1} << 30) {
  const double fixed = static_cast<double>(splitzip_frame_bytes(type, elements, 0));
  const double stored = static_cast<double>(stored_frame_bytes(type, elements));
  const double escapes = escape_rate * static_cast<double>(elements);
  return std::min(1.0, (fixed + escapes * static_cast<double>(kEscapeBytes)) / stored);
}

/// The escape rate of recent jobs, each weighing three quarters of the next. A rate above the one
/// at which a frame is stored counts as that one, because it costs no more: so the estimate gives
/// the length of frames even if jobs differ greatly. Not thread-safe.
class EscapeEstimate {
 public:
  EscapeEstimate(ElementType type, double rate) : most_(most_escapes(type)), rate_(limited(rate)) {}

  /// Adds a piece of a job. Jobs come in order, each with any number of pieces.
  void add(std::uint64_t job, double rate, std::uint64_t elements) {
    if (job != job_) {
      rate_ = this->rate();
      job_ = job;
      elements_ = escapes_ = 0;
    }
    elements_ += static_cast<double>(elements);
    escapes_ += limited(rate) * static_cast<double>(elements);
  }
  /// Returns the estimated escape rate, from 0 to 1, the last job included.
  double rate() const {
    constexpr double kWeight = 0.25;
    return elements_ == 0 ? rate_ : rate_ + kWeight * (escapes_ / elements_ - rate_);
  }

 private:
  static double most_escapes(ElementType type) {
    const std::uint64_t elements = std::uint64_t{1} << 30;
    return static_cast<double>(escape_capacity(type, elements)) / static_cast<double>(elements);
  }
  double limited(double rate) const { return std::min(rate, most_); }

  double most_;
  double rate_;  // estimate up to the job before
  std::uint64_t job_ = 0;
  double elements_ = 0, escapes_ = 0;  // sums of the last job
};

}  // namespace splitbench
