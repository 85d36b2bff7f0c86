#include "sim/run/estimates.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <vector>

#include "configs/reader/form_kinds.hpp"
#include "configs/reader/quantity.hpp"
#include "sim/run/dispatch/link_rate.hpp"
#include "sim/run/dispatch/shard_scenario.hpp"
#include "workers/plan/timing.hpp"
#include "workloads/input_error.hpp"
#include "workloads/machine_memory.hpp"

namespace splitbench {
namespace {

// What is kept of a run until it is written: about what the records of workloads/timeline.hpp take
// with the queues behind them. A real run keeps what its chunks took; virtual time has the plans
// and spans of those in flight, two jobs of each prefill worker.
constexpr double kRequestBytes = 1500, kTokenBytes = 8, kChunkBytes = 250, kFlyingChunkBytes = 500;
constexpr double kDrawnBytes = 200;  // of a request of another repeat, which is drawn beforehand

constexpr double kYear = 365.0 * 86'400;
constexpr double kLongest = 10 * kYear;  // 64 bits of nanoseconds are 292 years

void check_memory(double wanted, std::string_view what, std::string_view way_out) {
  const std::uint64_t half = machine_memory() / 2;
  if (wanted <= static_cast<double>(half)) return;
  throw InputError(
      fmt::format("{} take some {:.3g} GB of memory, expected at most {}, half of this "
                  "machine's: {}",
                  what, wanted / 1e9, format_bytes(half / 1'000'000 * 1'000'000), way_out));
}

void check_time(double seconds, std::string_view what, std::string_view way_out) {
  if (seconds <= kLongest) return;
  throw InputError(fmt::format("{} would take {:.3g} years, expected at most 10: {}", what,
                               seconds / kYear, way_out));
}

/// Returns the time of a request's prefill and decode steps, alone.
double seconds_of(const ComputeModel& prefill, const ComputeModel& decode, const Request& request) {
  const JobRequest alone{.prompt_tokens = request.prompt_tokens};
  const std::uint64_t context = request.prompt_tokens + request.output_tokens;
  return prefill.prefill_seconds({&alone, 1}) +
         static_cast<double>(request.output_tokens) * decode.decode_step_seconds({&context, 1});
}

/// Returns when the last request arrives, if each took no time. A closed loop has it begin at 0.
double last_arrival(std::span<const Request> trace) {
  std::vector<double> arrivals;  // by id: the positions of requests in the trace
  for (const Request& request : trace) {
    double arrival = seconds(request.arrival);
    for (const std::uint64_t before : request.after)
      if (before < arrivals.size())
        arrival = std::max(arrival, arrivals[before] + seconds(request.delay));
    arrivals.push_back(arrival);
  }
  return arrivals.empty() ? 0 : std::ranges::max(arrivals);
}

double chunks_of(const Scenario& scenario, std::uint64_t tokens) {
  const Pipeline& pipeline = scenario.pipeline;
  const auto bytes = static_cast<double>(pipeline.raw_bytes(tokens));
  return std::max<double>(pipeline.groups(tokens),
                          bytes / static_cast<double>(pipeline.staging_plan().chunk_bytes));
}

}  // namespace

void check_requests(const Scenario& scenario) {
  const std::uint64_t requests = scenario.workload.requests + scenario.workload.warmup;
  const double bytes = kRequestBytes + kDrawnBytes * (scenario.repeats - 1.0);
  check_memory(bytes * static_cast<double>(requests),
               fmt::format("{} requests, warm-up included,", requests),
               "lower workload.requests, workload.warmup or repeats");
}

void check_drift_comes(const DriftSpec& drift, std::span<const Request> requests,
                       std::string_view more_requests) {
  if (drift.kind == DriftKind::none || requests.empty()) return;
  const auto drifts = [&drift](const Request& request) {
    return drift_level(drift, request.id, request.arrival) > 0;
  };
  if (std::ranges::any_of(requests, drifts)) return;
  const DriftPath& path = drift.path;
  const Request& last = requests.back();
  const std::string begins =
      path.timed ? format_time(Time(path.begin)) : fmt::format("request {}", path.begin);
  const std::string ends =
      path.timed ? "arrives at " + format_time(last.arrival) : fmt::format("is number {}", last.id);
  throw InputError(
      fmt::format("drift.path: {} begins at {}, and the last of {} requests {}: none of them "
                  "drifts; {}, or let drift.path begin earlier",
                  kind::drift_path().format(path), begins, requests.size(), ends, more_requests));
}

void check_run(const Scenario& scenario, std::span<const Request> trace) {
  const ComputeModel prefill = compute_of(scenario, true), decode = compute_of(scenario, false);
  const double rate = wire_bytes_per_s(scenario);
  double memory = 0, chunks = 0, most_chunks = 0, wire = 0, computing = 0;
  for (const Request& request : trace) {
    const auto bytes = static_cast<double>(scenario.pipeline.raw_bytes(request.prompt_tokens));
    const double of_request = chunks_of(scenario, request.prompt_tokens);
    chunks += of_request;
    most_chunks = std::max(most_chunks, of_request);
    memory += kRequestBytes + kTokenBytes * static_cast<double>(request.output_tokens);
    if (rate > 0) wire += bytes / rate;
    computing += seconds_of(prefill, decode, request);
  }
  memory +=
      scenario.time == TimeKind::real
          ? kChunkBytes * chunks
          : kFlyingChunkBytes * std::min(chunks, 2.0 * scenario.workers.prefill *
                                                     scenario.workload.batch_size * most_chunks);
  check_memory(memory, fmt::format("{} requests of {:.3g} chunks together", trace.size(), chunks),
               "lower workload.requests or workload.context, or raise chunk");
  check_time(last_arrival(trace), "the arrivals of all requests, one after another,",
             "shorten think times and delays, or lower workload.requests");
  check_time(wire, "the KV of all requests, on the link,",
             "raise link.bandwidth, or lower workload.context");
  if (scenario.compute != ComputeKind::none)
    check_time(computing, "prefill and decode of all requests, one by one,",
               "raise compute_scale, or lower workload.context or workload.output");
}

}  // namespace splitbench
