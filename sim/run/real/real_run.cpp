#include "sim/run/real/real_run.hpp"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <limits>
#include <sys/prctl.h>
#include <unistd.h>
#include <utility>

#include "sim/run/dispatch/link_rate.hpp"
#include "sim/run/virtual/replay.hpp"
#include "workers/device/codec_probe.hpp"
#include "workloads/statistics.hpp"

namespace splitbench {
namespace {

double quantile_of(std::vector<double> samples, double q) {
  if (samples.empty()) return 0;
  std::ranges::sort(samples);
  return quantile(samples, q);
}

Time late_p99(const std::vector<Time>& lateness) {
  std::vector<double> nanoseconds;
  for (const Time late : lateness) nanoseconds.push_back(static_cast<double>(late.count()));
  return Time(std::llround(quantile_of(std::move(nanoseconds), 0.99)));
}

/// Appends the cost of each span of a stage; spans are in the order of the job's chunks.
void collect(const std::vector<Span>& spans, Stage stage, const std::vector<Chunk>& chunks,
             const Pipeline& pipeline, std::vector<ChunkCost>& costs) {
  std::size_t chunk = 0;
  for (const Span& s : spans)
    if (s.stage == stage)
      costs.push_back({static_cast<double>((s.end - s.begin).count()),
                       pipeline.bytes_of(chunks[chunk++].elements)});
}

/// Returns the tokens of a batch of requests of median length.
std::uint64_t typical_tokens(std::span<const Request> trace, std::uint32_t batch) {
  std::vector<std::uint64_t> prompts;
  for (const Request& r : trace) prompts.push_back(r.prompt_tokens);
  return upper_median(std::move(prompts)) * batch;
}

/// Returns the windows in which a fault was at work, from before it was noticed until everything
/// was recovered.
std::vector<Window> disturbed(const std::vector<Incident>& incidents, const Scenario& scenario) {
  std::vector<Window> windows;
  for (const Incident& i : incidents) {
    const Time noticed = i.detected.value_or(Time::max());
    const Time from = i.injected.value_or(noticed - scenario.heartbeat_timeout);
    const Time to =
        i.detected ? i.recovered.value_or(Time::max()) : from + scenario.heartbeat_timeout;
    windows.emplace_back(from, to);
  }
  return windows;
}

/// Returns the share of chunks that reached the receiver's memory later than the wire should have
/// delivered them: the host did not keep up.
double late_arrivals(const std::vector<JobRecord>& jobs, const LinkSpec& link) {
  if (link.bandwidth == kUnlimited) return std::numeric_limits<double>::quiet_NaN();
  std::uint64_t late = 0, all = 0;
  for (const JobRecord& job : jobs) {
    late += job.installed->late_arrivals;
    all += job.released->chunk_bytes.size();
  }
  return all > 0 ? static_cast<double>(late) / static_cast<double>(all) : 0;
}

}  // namespace

RealRuns::RealRuns(const Scenario& scenario, BackendKind backend, std::span<const Request> trace)
    : scenario_(scenario),
      trace_(trace),
      loop_(io_),
      fleet_(io_, loop_, scenario, scenario.pipeline, backend) {
  prctl(PR_SET_TIMERSLACK, 1);  // nanoseconds: arrivals are to be on time
}

RealRun RealRuns::run(Arm arm, int repeat) {
  bool done = false;
  Time origin{0};
  Dispatcher dispatcher(loop_, scenario_, trace_,
                        {.arm = arm, .repeat = repeat, .first_job = next_job_}, fleet_,
                        fleet_.supervisor(), [&] { done = true; });
  FaultInjector injector(loop_, scenario_, dispatcher, fleet_.supervisor(), fleet_,
                         [] { kill(getpid(), SIGKILL); });
  fleet_.report_to(&dispatcher);
  const struct Detach {  // however the run ends, nothing may refer to its dispatcher afterwards
    ~Detach() {
      runs.fleet_.report_to(nullptr);
      runs.loop_.clear();
    }
    RealRuns& runs;
  } detach{*this};
  std::string failure;
  try {
    origin = fleet_.renew_wire();
    injector.arm();
    dispatcher.begin();
    fleet_.serve_run_until([&] { return done; });
    fleet_.settle();
  } catch (const WorkerLost& lost) {
    failure = lost.what() + (", with " + dispatcher.in_flight_at(lost.member));
    dispatcher.fail(lost.member, failure);
  } catch (const Mismatch& mismatch) {
    failure = mismatch.what();
  }
  next_job_ = dispatcher.next_job();
  RealRun result{.record = dispatcher.record(), .verify_times = dispatcher.verify_times()};
  result.record.failure = failure;
  finished_.push_back({arm, origin, dispatcher.completed(), dispatcher.lateness(),
                       disturbed(fleet_.supervisor().incidents(Time{0}), scenario_)});
  return result;
}

void RealRuns::probe() {
  const RealFleet::Probes probes =
      fleet_.probe(typical_tokens(trace_, scenario_.workload.batch_size));
  for (const auto& [arm, cost] : probes.codec) {
    RealFleet::CodecCost& slowest = alone_.codec[arm];
    slowest.encode = std::max(slowest.encode, cost.encode);
    slowest.decode = std::max(slowest.decode, cost.decode);
  }
  alone_.clock_error = std::max(alone_.clock_error, probes.clock_error);
}

std::vector<SelfCheck> RealRuns::checks() {
  probe();
  std::vector<SelfCheck> checks;
  for (const Finished& run : finished_) {
    const std::vector<JobRecord> measured = measured_jobs(run);
    const Intrusion seen = intrusion(scenario_, run.transfers, run.origin, run.disturbed);
    checks.push_back(
        {.arm = std::string(name_of(run.arm)),
         .intrusion = seen.total(),
         .sender_intrusion = seen.sender,
         .receiver_intrusion = seen.receiver,
         .stage_inflation = stage_inflation(run.arm),
         .loaded =
             scenario_.compute == ComputeKind::gemm || scenario_.drift.kind != DriftKind::none,
         .link_rate_achieved = link_rate_achieved(measured, scenario_.link),
         .link_rate_configured = link_rate_configured(scenario_.link, scenario_.workers)
                                     .value_or(std::numeric_limits<double>::quiet_NaN()),
         .late_arrivals = late_arrivals(measured, scenario_.link),
         .lateness_p99 = late_p99(run.lateness),
         .clock_error = alone_.clock_error});
  }
  return checks;
}

std::vector<JobRecord> RealRuns::measured_jobs(const Finished& run) const {
  std::vector<JobRecord> jobs = run.transfers;
  std::erase_if(jobs, [&](const JobRecord& job) { return is_warmup(job.job, scenario_.workload); });
  return jobs;
}

double RealRuns::stage_inflation(Arm arm) const {
  const auto alone = alone_.codec.find(arm);
  if (alone == alone_.codec.end()) return 0;
  const Pipeline& pipeline = scenario_.pipeline;
  std::vector<ChunkCost> encode, decode;
  for (const Finished& run : finished_) {
    if (run.arm != arm) continue;
    for (const JobRecord& t : run.transfers) {
      if (is_warmup(t.job, scenario_.workload)) continue;
      const std::vector<Chunk> chunks = pipeline.chunks(t.job.kv_tokens());
      collect(t.released->spans, Stage::encode, chunks, pipeline, encode);
      collect(t.installed->spans, Stage::decode_codec, chunks, pipeline, decode);
    }
  }
  const auto inflation = [](const std::vector<ChunkCost>& seen, double slowest) {
    return seen.empty() ? 0 : median_cost(seen) / slowest - 1;
  };
  return std::max(inflation(encode, alone->second.encode), inflation(decode, alone->second.decode));
}

}  // namespace splitbench
