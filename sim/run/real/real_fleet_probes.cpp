#include <algorithm>
#include <iterator>
#include <vector>

#include "sim/run/real/real_fleet.hpp"
#include "workers/device/worker_speeds.hpp"

namespace splitbench {

RealFleet::Probes RealFleet::probe(std::uint64_t tokens) {
  Probes probes;
  ProbeOrder order{.tokens = tokens};
  for (const Arm arm : scenario_.arms) {
    if (arm == Arm::automatic)
      order.speeds = true;
    else if (encodes(arm))
      order.arms.push_back(arm);
  }
  for (const auto& w : workers_) {  // one by one: each must have the machine to itself
    w->probe.reset();
    if (w->phase != Phase::serving) continue;
    w->channel->send(order);
    serve_until([&] { return w->probe || w->phase != Phase::serving; },
                scenario_.heartbeat_timeout + kLongestProbe * (1 + std::ssize(order.arms)));
    if (!w->probe) continue;
    for (std::size_t i = 0; i < order.arms.size(); ++i) {
      CodecCost& cost = probes.codec[order.arms[i]];
      double& slowest = w->member.prefill ? cost.encode : cost.decode;
      slowest = std::max(slowest, w->probe->codec.at(i));
    }
    probes.clock_error = std::max(probes.clock_error, w->probe->clock_error);
  }
  if (order.speeds) spread_speeds();
  settle();
  return probes;
}

void RealFleet::spread_speeds() {
  std::vector<WorkerSpeeds> prefill, decode;
  for (const auto& w : workers_)
    if (w->probe) (w->member.prefill ? prefill : decode).push_back(w->probe->speeds);
  hardware_ = as_measured(scenario_.hardware, prefill, decode);
  for (const auto& w : workers_)
    if (w->member.prefill && w->phase == Phase::serving)
      w->channel->send(MeasuredSpeeds{hardware_});
}

}  // namespace splitbench
