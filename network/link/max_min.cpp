#include "network/link/max_min.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace splitbench {
namespace {

struct Resource {
  std::uint64_t free;        // bit/s not given away yet
  std::uint64_t demand = 0;  // flows through it without a rate yet
  bool tightest = false;

  std::uint64_t share() const { return free / demand; }
};

}  // namespace

std::vector<std::uint64_t> max_min_rates(std::span<const Route> flows,
                                         std::span<const std::uint64_t> capacities) {
  std::vector<Resource> resources;
  resources.reserve(capacities.size());
  for (const std::uint64_t capacity : capacities) resources.push_back({capacity});
  for (const Route& route : flows)
    for (const std::uint32_t index : route) ++resources[index].demand;

  std::vector<std::uint64_t> rates(flows.size());
  std::vector<std::uint32_t> waiting(flows.size());
  std::iota(waiting.begin(), waiting.end(), 0u);
  while (!waiting.empty()) {
    std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
    for (const Resource& r : resources)
      if (r.demand > 0) least = std::min(least, r.share());
    // Marked before anything is given away: what rounding leaves over must go to nobody, or the
    // order of the flows would decide who gets it.
    for (Resource& r : resources) r.tightest = r.demand > 0 && r.share() == least;

    const std::uint64_t rate = std::max<std::uint64_t>(least, 1);
    std::erase_if(waiting, [&](std::uint32_t flow) {
      const Route& route = flows[flow];
      if (std::ranges::none_of(route, [&](auto index) { return resources[index].tightest; }))
        return false;
      rates[flow] = rate;
      for (const std::uint32_t index : route) {
        resources[index].free -= std::min(resources[index].free, rate);
        --resources[index].demand;
      }
      return true;
    });
  }
  return rates;
}

}  // namespace splitbench
