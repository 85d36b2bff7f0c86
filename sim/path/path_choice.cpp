#include "sim/path/path_choice.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "codec/cuda/device.hpp"
#include "reports/quantity_text.hpp"
#include "sim/bench/link/link_bench_transfers.hpp"
#include "sim/run/dispatch/link_rate.hpp"
#include "sim/run/real/gpus.hpp"
#include "workloads/statistics.hpp"

namespace splitbench {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

/// Returns whether something that the scenario asks for works over sockets only.
bool needs_sockets(const Scenario& scenario) {
  return scenario.on_fault == OnFault::retry || !scenario.faults.empty() ||
         !scenario.listen.starts_with("127.") || scenario.transport_options.streams > 1 ||
         scenario.transport_options.shaping == Shaping::sender;
}

/// Returns whether every arm works if payloads lie in the memory of a device.
bool arms_take_device_memory(const Scenario& scenario) {
  return std::ranges::none_of(scenario.arms, is_foreign);
}

/// Returns whether each prefill worker's device reaches the memory of each decode worker's, and is
/// another one.
bool devices_reach_each_other(const Scenario& scenario) {
  return std::ranges::all_of(device_pairs(scenario), [](const DevicePair& pair) {
    return pair.from != pair.to && device_reaches(pair.from, pair.to);
  });
}

TransportKind transport_on_cuda(const Scenario& scenario) {
  const bool unlimited = scenario.link.bandwidth == kUnlimited;
  return unlimited && arms_take_device_memory(scenario) && devices_reach_each_other(scenario)
             ? TransportKind::p2p
             : TransportKind::shm;
}

/// The streams that carry a rate over sockets, and what they carried when they were tried.
struct TriedStreams {
  std::uint32_t streams = 1;
  double rate = 0;  // bit/s
};

TriedStreams try_streams(TransportOptions options, double wanted, const FlowTrial& trial,
                         unsigned cores) {
  const std::uint32_t most = options.streams > 0 ? options.streams : std::clamp(cores / 2, 1u, 8u);
  TriedStreams best;
  for (std::uint32_t streams = options.streams > 0 ? most : 1; streams <= most; streams *= 2) {
    options.streams = streams;
    try {
      const double rate = trial(options, wanted);
      if (rate > best.rate) best = {streams, rate};
      if (rate >= kHeadroom * wanted) break;
    } catch (const std::runtime_error&) {
      // An unauthenticated client of the trial's port can end it, and must not end the run, whose
      // own checks find a rate that is not held.
      return {.streams = streams, .rate = wanted};
    }
  }
  return best;
}

/// Sets chunk and staging where they are at auto. Over device memory chunks are large, since each
/// costs some launches at a rate at which 16 MiB take 50 µs; over several streams they are small,
/// since a transfer's first chunk crosses one stream only.
void choose_sizes(Pipeline& pipeline, TransportKind transport, std::uint32_t streams, bool cuda) {
  constexpr std::uint64_t kSlots = 16;
  const bool device = traits_of(transport).device_memory;
  const std::uint64_t wanted = device ? 64 * kMiB : streams > 1 ? 4 * kMiB : 16 * kMiB;
  if (pipeline.staging == 0)
    pipeline.staging = device ? kSlots * std::max(wanted, pipeline.chunk) : default_staging(!cuda);
  if (pipeline.chunk == 0) pipeline.chunk = std::min(wanted, pipeline.staging / kSlots);
}

}  // namespace

double try_flow(const TransportOptions& options, double wanted) {
  constexpr double kTime = 0.02;  // s, of a transfer at the rate wanted
  const auto bytes = static_cast<std::uint64_t>(std::clamp(wanted / 8 * kTime, 4e6, 64e6));
  const LinkBenchCase bench{.link = {.bandwidth = kUnshaped},
                            .rate = kUnshaped,
                            .bytes = bytes,
                            .flows = 1,
                            .repeats = 3};
  const bool spare_cores = std::thread::hardware_concurrency() >= 2 * kCoresPerWorker;
  std::vector<double> rates;
  for (const FlowStamps& transfer :
       time_transfers(bench, {.transport = options, .bulk_threads = spare_cores}))
    rates.push_back(8.0 * static_cast<double>(bytes) /
                    seconds(transfer.handed_on - transfer.offered));
  return median(std::move(rates));
}

PathChoice choose_path(Scenario scenario, const FlowTrial& trial, unsigned cores) {
  PathChoice choice;
  TransportKind& transport = scenario.transport;
  TransportOptions& options = scenario.transport_options;
  const bool real = scenario.time == TimeKind::real;
  const bool free = transport == TransportKind::automatic;
  const bool sockets_only = !real || needs_sockets(scenario);
  const double wanted = 8 * wire_bytes_per_s(scenario);  // bit/s; 0: no limit
  if (free)
    transport = sockets_only           ? TransportKind::tcp
                : is_on_cuda(scenario) ? transport_on_cuda(scenario)
                : wanted == 0          ? TransportKind::shm
                                       : TransportKind::tcp;

  std::uint32_t streams = 1;
  if (real && wanted > 0 && traits_of(transport).payload == Payload::in_band) {
    const TriedStreams tried = try_streams(options, wanted, trial, cores);
    streams = tried.streams;
    if (tried.rate < wanted && free && !sockets_only) {
      transport = TransportKind::shm;
      streams = 1;
    } else if (tried.rate < wanted) {
      choice.doubt = fmt::format(
          "{}lower link.bandwidth: TCP carries {} with {} stream{} here, and not {}",
          sockets_only ? "" : "use transport: shm, or ", quantity_text(tried.rate, "bit/s"),
          tried.streams, tried.streams == 1 ? "" : "s", quantity_text(wanted, "bit/s"));
    }
  }
  if (options.streams == 0) options.streams = streams;
  if (real) choose_sizes(scenario.pipeline, transport, options.streams, is_on_cuda(scenario));
  choice.scenario = std::move(scenario);
  return choice;
}

}  // namespace splitbench
