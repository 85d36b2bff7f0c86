#include <algorithm>
#include <cmath>

#include "sim/bench/link/link_bench.hpp"
#include "sim/bench/link/link_bench_flow.hpp"
#include "sim/process/child_process.hpp"
#include "workloads/statistics.hpp"

namespace splitbench {
namespace {

constexpr double kMayBeInvalid = 0.02;  // of the transfers

double count(Time time) {
  return static_cast<double>(time.count());
}

/// From the first offer to the last chunk handed on, of whichever flows.
Time duration(std::span<const FlowStamps> flows) {
  const Time offered = std::ranges::min(flows, {}, &FlowStamps::offered).offered;
  return std::ranges::max(flows, {}, &FlowStamps::handed_on).handed_on - offered;
}

/// How far the rate of one flow is from that of all together, divided by their number.
double worst_share(const LinkBenchCase& bench, std::span<const FlowStamps> flows) {
  const double ideal = count(bench.ideal() - bench.link.latency);
  double worst = 0;
  for (const FlowStamps& flow : flows) {
    const double took = count(flow.handed_on - flow.offered - bench.link.latency);
    worst = std::max(worst, std::abs(ideal / took - 1));
  }
  return worst;
}

}  // namespace

Time LinkBenchCase::ideal() const {
  const double bits = 8e9 * static_cast<double>(bytes) * flows;
  return Time(std::llround(bits / static_cast<double>(rate))) + link.latency;
}

LinkBenchRow summarize_transfers(const LinkBenchCase& bench, std::span<const FlowStamps> stamps) {
  LinkBenchRow row{.bench = bench};
  std::vector<double> errors, shares;
  for (std::size_t at = 0; at < stamps.size(); at += bench.flows) {
    const auto flows = stamps.subspan(at, bench.flows);
    errors.push_back(count(duration(flows) - bench.ideal()));
    shares.push_back(worst_share(bench, flows));
    if (std::ranges::any_of(flows, [](const auto& f) { return f.late_chunks > 0; }))
      ++row.invalid_transfers;
  }
  std::ranges::sort(errors);
  std::ranges::sort(shares);
  row.median_error = quantile(errors, 0.5);
  row.p99_error = quantile(errors, 0.99);
  row.min_error = errors.front();
  row.achieved = 8e9 * static_cast<double>(bench.bytes) * bench.flows /
                 (count(bench.ideal() - bench.link.latency) + row.median_error);
  if (bench.flows > 1) row.share_error = quantile(shares, 0.5);
  row.valid = row.invalid_transfers <= kMayBeInvalid * static_cast<double>(errors.size());
  return row;
}

std::vector<FlowStamps> time_transfers(const LinkBenchCase& bench, const WireOptions& options) {
  const TransferPlan plan(bench);
  Wire wire(options);
  if (bench.paced()) wire.options.pacing = bench.rate;
  SharedLink link = SharedLink::create(bench.link, bench.flows, 1);
  BenchBoard board(plan.transfers(), bench.flows);

  std::vector<ChildProcess> processes;
  processes.push_back(
      ChildProcess::fork("receiver", [&] { receive_transfers(bench, wire, link, board); }));
  for (std::uint32_t flow = 0; flow < bench.flows; ++flow)
    processes.push_back(ChildProcess::fork(
        "sender " + std::to_string(flow), [&] { send_transfers(bench, wire, link, board, flow); }));
  ChildProcess::wait_for(processes);

  const auto timed = board.all_stamps().subspan(std::size_t{TransferPlan::kWarmUps} * bench.flows);
  return {timed.begin(), timed.end()};
}

Time expected_duration(const LinkBenchCase& bench) {
  constexpr Time kStart{50'000'000}, kLongestWarmUp{100'000'000};
  return kStart + TransferPlan::kWarmUps * std::min(bench.ideal(), kLongestWarmUp) +
         bench.repeats * bench.ideal();
}

}  // namespace splitbench
