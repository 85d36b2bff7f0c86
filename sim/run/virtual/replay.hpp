#pragma once
#include <span>
#include <utility>
#include <vector>

#include "configs/scenario.hpp"
#include "sim/run/dispatch/job_record.hpp"

namespace splitbench {

/// The time that the testbed itself added to the transfers of a real run, as a share of the time
/// that they should have taken: 0.01 is one percent.
struct Intrusion {
  double sender = 0;    ///< added until chunks were offered to the wire
  double receiver = 0;  ///< added after the wire had carried them
  double seconds = 0;   ///< the total of both for a transfer, the mean
  double total() const { return sender + receiver; }
};

/// An interval of the loop's clock, both ends included.
using Window = std::pair<Time, Time>;

/// Returns how much longer the transfers of a real run took, first pack to last install, than the
/// same policies over the same model of the wire predict, given each stage's measured time and the
/// measured start of each job. `origin` is the moment from which the run's changes of bandwidth
/// counted. Jobs that overlap a `disturbed` window, because faults were at work there, and warm-up
/// jobs do not count. Returns 0 if nothing else was transferred. The records must be those of
/// completed jobs.
Intrusion intrusion(const Scenario&, std::span<const JobRecord>, Time origin = Time{0},
                    std::span<const Window> disturbed = {});

}  // namespace splitbench
