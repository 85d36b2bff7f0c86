#include "sim/virtual_run.hpp"

#include <optional>

#include "network/event_loop.hpp"
#include "sim/dispatcher.hpp"
#include "sim/invariants.hpp"
#include "sim/model_costs.hpp"
#include "sim/virtual_fleet.hpp"

namespace splitbench {

RunRecord run_virtually(const Scenario& scenario, const Pipeline& pipeline, const KvSource& source,
                        std::span<const Request> trace, Arm arm, int repeat) {
  VirtualLoop loop;
  ModelCosts costs(scenario, pipeline, source);
  std::optional<VirtualFleet> fleet;
  bool done = trace.empty();
  Dispatcher dispatcher(
      loop, scenario, trace, arm, repeat,
      [&](const Job& job) { loop.post([&fleet, job] { fleet->start(job); }); },
      [&] { done = true; });
  fleet.emplace(loop, scenario, pipeline, costs, costs, dispatcher, dispatcher);

  dispatcher.begin();
  loop.run();
  if (!done)
    throw BrokenInvariant("virtual time ran out of tasks before the requests were through");
  RunRecord record = dispatcher.record();
  for (Timeline& t : record.timelines) t.verified = false;  // there were no bytes to verify
  for (Transfer& t : record.transfers) t.verified = false;
  return record;
}

}  // namespace splitbench
