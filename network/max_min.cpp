#include "network/max_min.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace splitbench {
namespace {

struct Nic {
  std::uint64_t free;    // bit/s not given away yet
  std::uint64_t demand;  // flows through it without a rate yet

  std::uint64_t share() const { return free / demand; }
};

}  // namespace

std::vector<std::uint64_t> max_min_rates(std::span<const Endpoints> flows,
                                         std::uint64_t bandwidth) {
  enum Direction { egress, ingress };
  std::map<std::pair<Direction, std::uint32_t>, Nic> nics;
  const auto both = [&](const Endpoints& f, auto&& visit) {
    for (const auto& key : {std::pair{egress, f.sender}, std::pair{ingress, f.receiver}})
      visit(nics.try_emplace(key, Nic{bandwidth, 0}).first->second);
  };
  for (const Endpoints& f : flows) both(f, [](Nic& nic) { ++nic.demand; });

  std::vector<std::uint64_t> rates(flows.size(), 0);
  for (std::size_t left = flows.size(); left > 0;) {
    std::uint64_t tightest = bandwidth;
    for (const auto& [key, nic] : nics)
      if (nic.demand > 0) tightest = std::min(tightest, nic.share());
    tightest = std::max<std::uint64_t>(tightest, 1);

    for (std::size_t i = 0; i < flows.size(); ++i) {
      bool bottleneck = false;
      if (rates[i] == 0) both(flows[i], [&](Nic& nic) { bottleneck |= nic.share() <= tightest; });
      if (!bottleneck) continue;
      rates[i] = tightest;
      --left;
      both(flows[i], [&](Nic& nic) {
        nic.free -= std::min(nic.free, tightest);
        --nic.demand;
      });
    }
  }
  return rates;
}

}  // namespace splitbench
