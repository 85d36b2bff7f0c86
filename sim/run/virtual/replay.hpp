#pragma once
#include <span>
#include <utility>
#include <vector>

#include "configs/scenario.hpp"
#include "sim/run/dispatch/job_record.hpp"

namespace splitbench {

/// What the testbed itself added to the transfers of a real run, as a share of what they should
/// have taken: 0.01 is one percent.
struct Intrusion {
  double sender = 0;    ///< until chunks were offered to the wire
  double receiver = 0;  ///< after the wire had carried them
  double total() const { return sender + receiver; }
};

/// Times of the loop's clock, both ends included.
using Window = std::pair<Time, Time>;

/// How much longer the transfers of a real run took, first pack to last install, than the same
/// policies over the same model of the wire say, given each stage's measured time and the measured
/// start of each job. `origin` is the moment that the run's changes of bandwidth counted from. Jobs
/// that a window touches count for nothing, because there faults were at work, nor do those that
/// warm up. 0 when nothing else was
/// transferred.
Intrusion intrusion(const Scenario&, std::span<const JobRecord>, Time origin = Time{0},
                    std::span<const Window> disturbed = {});

}  // namespace splitbench
