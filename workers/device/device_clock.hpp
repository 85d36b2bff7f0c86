#pragma once
#include <memory>

#include "codec/cuda/device.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// A moment that is known on the device's clock and on the host's.
struct ClockAnchor {
  Event event;
  Time host{0};
  Time error{0};  ///< the most by which `host` can be off

  /// When an event happened that was recorded after this one; waits for it.
  Time time_of(const Event&) const;
};

/// Puts moments of the device's clock on the host's. The clocks drift apart by some millionths, and
/// long times between events lose digits, so an anchor serves for a tenth of a second. For one
/// thread.
class DeviceClock {
 public:
  /// For events that are recorded from now on.
  std::shared_ptr<const ClockAnchor> anchor();
  /// Of the worst anchor so far.
  Time error() const { return error_; }

 private:
  Stream stream_{StreamPriority::highest};
  std::shared_ptr<const ClockAnchor> anchor_;
  Time error_{0};
};

/// The spans of one stage of a device, whose stream does one piece after another. For one thread.
class StageClock {
 public:
  /// From one event to another, between the moment that the work was issued and now. Work that was
  /// waiting when the piece before it ended begins then: what the device takes to go on, some
  /// microseconds, is its own.
  Span span(Stage, const ClockAnchor&, Time issued, const Event& begin, const Event& end);

 private:
  Time last_end_{0};
};

}  // namespace splitbench
