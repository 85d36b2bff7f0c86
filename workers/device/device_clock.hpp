#pragma once
#include <memory>

#include "codec/cuda/device.hpp"
#include "workloads/timeline.hpp"

namespace splitbench {

/// A moment whose time is known on the device's clock and on the host's.
struct ClockAnchor {
  Event event;
  Time host{0};
  Time error{0};  ///< the most by which `host` can be off

  /// Returns the host's time of an event that was recorded after this one. Waits for the event.
  Time time_of(const Event&) const;
};

/// Translates times of the device's clock to the host's. The clocks drift apart by some millionths,
/// and long times between events lose digits, so an anchor serves for a tenth of a second. Not
/// thread-safe. Calls throw CudaError.
class DeviceClock {
 public:
  /// Returns an anchor for events that are recorded from now on. Waits for the device if a new one
  /// is needed.
  std::shared_ptr<const ClockAnchor> anchor();
  /// Returns the error of the worst anchor so far.
  Time error() const { return error_; }

 private:
  Stream stream_{StreamPriority::highest};
  std::shared_ptr<const ClockAnchor> anchor_;
  Time error_{0};
};

/// Measures the spans of one stage of a device, whose stream does one piece after another. Not
/// thread-safe.
class StageClock {
 public:
  /// Returns the span from one event to another, clamped to the time from the issue of the work to
  /// now. Waits for both events. Work that was waiting when the piece before it ended begins at
  /// that end: the microseconds that the device takes to go on count as its own.
  Span span(Stage, const ClockAnchor&, Time issued, const Event& begin, const Event& end);

 private:
  Time last_end_{0};
};

}  // namespace splitbench
