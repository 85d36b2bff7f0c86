#pragma once
#include "reports/testing/example_runs.hpp"

namespace splitbench::example {

inline constexpr std::uint64_t kDriftStep = 16;

/// Returns a run in which everything has drifted from request kDriftStep on: frames are then no
/// more than a tenth smaller than their contents, where the best codebooks would have kept them at
/// three quarters.
inline RunRecord drifting_run(const std::string& arm, int repeat, std::uint64_t requests) {
  RunRecord run{.arm = arm, .repeat = repeat};
  for (std::uint64_t id = 0; id < requests; ++id) {
    Timeline each = timeline(arm, repeat, id, ms(96), ms(2));
    each.drift = id < kDriftStep ? 0 : 1;
    each.ideal_bytes = 1'200'000;
    each.escapes = arm == "splitzip" ? 800 : 0;
    if (arm == "splitzip" && id >= kDriftStep) {
      each.wire_bytes = 1'454'545;
      each.stored_bytes = 400'000;
    }
    run.timelines.push_back(each);
    run.transfers.push_back(transfer(each));
  }
  return run;
}

}  // namespace splitbench::example
