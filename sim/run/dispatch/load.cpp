#include "sim/run/dispatch/load.hpp"

#include <algorithm>

#include "workloads/generators/request_stream.hpp"

namespace splitbench {

Load draw_load(const Scenario& scenario) {
  const bool drawn = is_random(scenario.workload);
  Load load{.traces = {},
            .remarks = {},
            .random = drawn || scenario.link.jitter > Time{0} ||
                      std::ranges::any_of(scenario.faults,
                                          [](const FaultSpec& fault) { return !fault.at; })};
  const std::uint32_t traces = drawn ? scenario.repeats : 1;
  for (std::uint32_t repeat = 0; repeat < traces; ++repeat)
    load.traces.push_back(make_trace(scenario.workload, seed_of(scenario, repeat), &load.remarks));
  return load;
}

std::uint32_t repeats_of(const Scenario& scenario, const Load& load) {
  return scenario.time == TimeKind::virtual_time && !load.random ? 1 : scenario.repeats;
}

std::vector<std::uint64_t> seeds_of(const Scenario& scenario, const Load& load) {
  std::vector<std::uint64_t> seeds;
  const std::uint32_t count = load.random ? scenario.repeats : 1;
  for (std::uint32_t repeat = 0; repeat < count; ++repeat)
    seeds.push_back(seed_of(scenario, repeat));
  return seeds;
}

}  // namespace splitbench
