#include "workers/device/device_clock.hpp"

#include <algorithm>

#include "network/real_loop.hpp"

namespace splitbench {
namespace {

std::shared_ptr<const ClockAnchor> drop_anchor(const Stream& stream) {
  auto anchor = std::make_shared<ClockAnchor>();
  const Time before = RealLoop::clock_now();
  anchor->event.record(stream.get());
  synchronize(stream.get());
  const Time after = RealLoop::clock_now();
  anchor->error = (after - before) / 2;
  anchor->host = before + anchor->error;
  return anchor;
}

}  // namespace

Time ClockAnchor::time_of(const Event& later) const {
  return host + std::chrono::duration_cast<Time>(later.since(event));
}

Span StageClock::span(Stage stage, const ClockAnchor& anchor, Time issued, const Event& begin,
                      const Event& end) {
  constexpr Time kHandOver{20'000};
  const Time now = RealLoop::clock_now();
  Time from = std::clamp(anchor.time_of(begin), issued, now);
  if (issued < last_end_ && from < last_end_ + kHandOver) from = last_end_;
  last_end_ = std::clamp(anchor.time_of(end), from, now);
  return {stage, from, last_end_};
}

std::shared_ptr<const ClockAnchor> DeviceClock::anchor() {
  constexpr Time kServes{100'000'000};
  constexpr Time kGood{5'000};
  constexpr int kTries = 10;
  if (anchor_ && RealLoop::clock_now() - anchor_->host < kServes) return anchor_;
  anchor_.reset();
  for (int i = 0; i < kTries && (!anchor_ || anchor_->error > kGood); ++i) {
    auto another = drop_anchor(stream_);
    if (!anchor_ || another->error < anchor_->error) anchor_ = std::move(another);
  }
  error_ = std::max(error_, anchor_->error);
  return anchor_;
}

}  // namespace splitbench
