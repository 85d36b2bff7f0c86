#include "sim/run/dispatch/invariants.hpp"

#include <functional>
#include <gtest/gtest.h>

#include "sim/run/example_scenario.hpp"
#include "sim/run/simulate.hpp"
#include "sim/run/virtual/virtual_run.hpp"

namespace splitbench {
namespace {

TEST(InvariantsTest, ASoundRunPassesAndEachKindOfDamageIsNamed) {
  const Scenario scenario = example_scenario();
  const KvSource source =
      KvSource::load(scenario.kv, scenario.pipeline.model, scenario.pipeline.element_type, 1);
  const RunRecord sound = run_virtually(scenario, &source, example_trace(), Arm::splitzip, 2);
  EXPECT_NO_THROW(check_invariants(sound));

  struct Damage {
    std::function<void(RunRecord&)> inflict;
    const char* message;
  };
  const Damage all[] = {
      {[](RunRecord& r) { --r.timelines[3].wire_bytes; },
       "transfer 4 of arm splitzip, repeat 2: its bytes are not those of its requests"},
      {[](RunRecord& r) { r.transfers[0].applied = r.transfers[0].start; },
       "transfer 1 of arm splitzip, repeat 2: its moments are not in order"},
      {[](RunRecord& r) {
         r.transfers[1].requests.clear(),
             r.transfers[1].raw_bytes = r.transfers[1].wire_bytes = r.transfers[1].escapes = 0;
       },
       "request 1 of arm splitzip, repeat 2: it is not in exactly one transfer when ok, and in "
       "none when not"},
      {[](RunRecord& r) { r.timelines[2].first_token = Time{0}; },
       "request 2 of arm splitzip, repeat 2: its moments are not in order"},
      {[](RunRecord& r) { std::swap(r.timelines[2].spans[0].begin, r.timelines[2].spans[0].end); },
       "request 2 of arm splitzip, repeat 2: one of its stages ended before it began"},
      {[](RunRecord& r) { r.timelines[3].token_gaps.pop_back(); },
       "request 3 of arm splitzip, repeat 2: it has not as many tokens as were asked for"},
  };
  for (const Damage& damage : all) {
    RunRecord damaged = sound;
    damage.inflict(damaged);
    try {
      check_invariants(damaged);
      ADD_FAILURE() << "not seen: " << damage.message;
    } catch (const BrokenInvariant& error) {
      EXPECT_STREQ(error.what(), damage.message);
    }
  }
}

}  // namespace
}  // namespace splitbench
