#pragma once
#include <algorithm>
#include <cstdint>

#include "codec/frame.hpp"

namespace splitbench {

/// Bytes of the frames of so many elements over those of stored frames: 1 where they would not
/// shrink. Without a number of elements: of as many as make headers vanish.
inline double frame_share(ElementType type, double escape_rate,
                          std::uint64_t elements = std::uint64_t{1} << 30) {
  const double fixed = static_cast<double>(splitzip_frame_bytes(type, elements, 0));
  const double stored = static_cast<double>(stored_frame_bytes(type, elements));
  const double escapes = escape_rate * static_cast<double>(elements);
  return std::min(1.0, (fixed + escapes * static_cast<double>(kEscapeBytes)) / stored);
}

/// The escape rate of the jobs of late, each weighing three quarters of the next. What lies above
/// the rate at which a frame is stored counts as that rate, because it costs no more: so the
/// estimate says how long frames will be even where jobs differ greatly.
class EscapeEstimate {
 public:
  EscapeEstimate(ElementType type, double rate) : most_(dearest(type)), rate_(limited(rate)) {}

  /// Jobs come in order; of one, any number of pieces.
  void add(std::uint64_t job, double rate, std::uint64_t elements) {
    if (job != job_) {
      rate_ = this->rate();
      job_ = job;
      elements_ = escapes_ = 0;
    }
    elements_ += static_cast<double>(elements);
    escapes_ += limited(rate) * static_cast<double>(elements);
  }
  double rate() const {
    constexpr double kWeight = 0.25;
    return elements_ == 0 ? rate_ : rate_ + kWeight * (escapes_ / elements_ - rate_);
  }

 private:
  static double dearest(ElementType type) {
    const std::uint64_t elements = std::uint64_t{1} << 30;
    return static_cast<double>(escape_capacity(type, elements)) / static_cast<double>(elements);
  }
  double limited(double rate) const { return std::min(rate, most_); }

  double most_;
  double rate_;  // up to the job before
  std::uint64_t job_ = 0;
  double elements_ = 0, escapes_ = 0;  // of the job
};

}  // namespace splitbench
