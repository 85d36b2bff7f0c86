#pragma once
#include <stdexcept>

#include "workloads/timeline.hpp"

namespace splitbench {

/// The error of a record that contradicts itself: a mistake of this program, not of the user or the
/// machine.
class BrokenInvariant : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Checks what must hold at the end of every run, in both kinds of time: a request that is ok has
/// its moments in order, arrived after those that it waits for had ended, and is part of exactly
/// one transfer; a transfer's bytes are those of its requests; a request that is not ok has a
/// reason. Throws BrokenInvariant, which names the request or the transfer.
void check_invariants(const RunRecord&);

}  // namespace splitbench
