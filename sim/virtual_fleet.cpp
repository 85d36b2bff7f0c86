#include "sim/virtual_fleet.hpp"

#include <vector>

namespace splitbench {

VirtualFleet::VirtualFleet(VirtualLoop& loop, const Scenario& scenario, const Pipeline& pipeline,
                           PrefillCosts& prefill_costs, DecodeCosts& decode_costs,
                           PrefillObserver& prefill_observer, DecodeObserver& decode_observer)
    : wire_(loop, scenario.link, scenario.workers.prefill, scenario.workers.decode,
            plan_staging(scenario.staging).credits_per_sender(scenario.workers.prefill)) {
  for (std::uint32_t p = 0; p < scenario.workers.prefill; ++p) {
    std::vector<Sender*> senders;
    for (std::uint32_t d = 0; d < scenario.workers.decode; ++d)
      senders.push_back(&wire_.sender(p, d));
    prefill_.emplace_back(loop, pipeline, prefill_engines_.emplace_back(loop, prefill_costs),
                          senders, prefill_observer);
  }
  for (std::uint32_t d = 0; d < scenario.workers.decode; ++d)
    decode_.emplace_back(loop, pipeline, decode_engines_.emplace_back(loop, decode_costs),
                         wire_.receiver(d), decode_observer);
}

}  // namespace splitbench
