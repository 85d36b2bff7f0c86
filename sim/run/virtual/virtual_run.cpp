#include "sim/run/virtual/virtual_run.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "network/event_loop.hpp"
#include "sim/run/dispatch/dispatcher.hpp"
#include "sim/run/dispatch/fault_injector.hpp"
#include "sim/run/dispatch/invariants.hpp"
#include "sim/run/dispatch/link_rate.hpp"
#include "sim/run/dispatch/supervisor.hpp"
#include "sim/run/virtual/computed_fleet.hpp"
#include "sim/run/virtual/model_costs.hpp"
#include "sim/run/virtual/virtual_fleet.hpp"
#include "workers/codebooks/codebook_keeper.hpp"

namespace splitbench {
namespace {

CodebookKeeper::Spec codebooks_of(const Scenario& scenario, const KvSource* source) {
  if (source == nullptr) return {};  // nothing is encoded
  return keeper_spec(scenario.drift, scenario.pipeline, *source,
                     estimate_of(scenario.pipeline, scenario.hardware, scenario.transport,
                                 wire_bytes_per_s(scenario)));
}

}  // namespace

bool needs_elements(const Scenario& scenario) {
  return scenario.drift.kind != DriftKind::none || std::ranges::any_of(scenario.arms, [](Arm arm) {
           return arm == Arm::automatic || frames(arm);
         });
}

RunRecord run_virtually(const Scenario& scenario, const KvSource* source,
                        std::span<const Request> trace, Arm arm, int repeat, Transfers transfers) {
  VirtualLoop loop;
  ModelCosts costs(scenario, scenario.pipeline, source);
  CodebookKeeper::Spec codebooks = codebooks_of(scenario, source);
  std::unique_ptr<VirtualFleet> played;
  std::unique_ptr<ComputedFleet> computed;
  if (transfers == Transfers::played || !scenario.faults.empty())
    played = std::make_unique<VirtualFleet>(loop, scenario, std::move(codebooks), costs, costs);
  else
    computed = std::make_unique<ComputedFleet>(loop, scenario, std::move(codebooks), costs, costs);
  ModelledFleet& fleet = played ? static_cast<ModelledFleet&>(*played) : *computed;
  Supervisor supervisor(loop, scenario, fleet);
  bool done = trace.empty();
  Dispatcher dispatcher(loop, scenario, trace,
                        {.arm = arm,
                         .repeat = repeat,
                         .first_job = 1,
                         .keep_measurements = false,
                         .shards_alike = scenario.pipeline.shards.count},
                        fleet, supervisor, [&] { done = true; });
  fleet.bring_up(dispatcher, dispatcher, &supervisor);
  std::optional<FaultInjector> injector;
  if (played)
    injector.emplace(loop, scenario, dispatcher, supervisor, *played,
                     [] { throw CoordinatorVanished(); });

  std::string failure;
  try {
    if (injector) injector->arm();
    dispatcher.begin();
    loop.run_until([&] { return done && supervisor.all_up(); });
    if (!done)
      throw BrokenInvariant("virtual time ran out of tasks before the requests were through");
  } catch (const WorkerLost& lost) {
    failure = lost.what() + (", with " + dispatcher.in_flight_at(lost.member));
    dispatcher.fail(lost.member, failure);
  } catch (const std::runtime_error& error) {  // Mismatch, CoordinatorVanished
    failure = error.what();
  }
  RunRecord record = dispatcher.take_record();
  record.failure = failure;
  for (Timeline& t : record.timelines) t.verified = false;  // there were no bytes to verify
  for (Transfer& t : record.transfers) t.verified = false;
  return record;
}

}  // namespace splitbench
