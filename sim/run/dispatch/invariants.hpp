#pragma once
#include <stdexcept>

#include "workloads/timeline.hpp"

namespace splitbench {

/// A run contradicts itself: a mistake of ours, not of the user or the machine.
class BrokenInvariant : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// What holds at the end of every run, in both kinds of time: a request that is ok has its moments
/// in order, came when those that it waits for had ended, and lies in exactly one transfer; a
/// transfer's bytes are those of its requests; a request that is not ok says why. Throws
/// BrokenInvariant naming the request or the transfer.
void check_invariants(const RunRecord&);

}  // namespace splitbench
