#include "sim/real_run.hpp"

#include <algorithm>
#include <cmath>
#include <sys/prctl.h>
#include <utility>

#include "reports/percentile.hpp"
#include "sim/link_rate.hpp"
#include "sim/replay.hpp"

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

/// Nanoseconds a raw byte of each span of a stage, spans being in the order of the job's chunks.
void collect(const std::vector<Span>& spans, Stage stage, const std::vector<Chunk>& chunks,
             std::vector<double>& costs) {
  std::size_t chunk = 0;
  for (const Span& s : spans)
    if (s.stage == stage)
      costs.push_back(static_cast<double>((s.end - s.begin).count()) /
                      static_cast<double>(chunks[chunk++].elements * 2));
}

}  // namespace

RealRuns::RealRuns(const Scenario& scenario, const Pipeline& pipeline, BackendKind backend,
                   std::span<const Request> trace)
    : scenario_(scenario),
      pipeline_(pipeline),
      trace_(trace),
      loop_(io_),
      fleet_(io_, scenario, pipeline, backend) {
  prctl(PR_SET_TIMERSLACK, 1);  // nanoseconds: arrivals are to be on time
}

bool RealRuns::run(Arm arm, int repeat, Simulation& result) {
  bool done = false;
  fleet_.reset_link();
  Dispatcher dispatcher(
      loop_, scenario_, trace_, arm, repeat, [&](const Job& job) { fleet_.start(job); },
      [&] { done = true; });
  fleet_.report_to(&dispatcher);
  const struct Detach {  // whatever ends the run, nothing may refer to its dispatcher after that
    ~Detach() {
      runs.fleet_.report_to(nullptr);
      runs.loop_.clear();
    }
    RealRuns& runs;
  } detach{*this};
  try {
    dispatcher.begin();
    fleet_.serve_run_until([&] { return done; });
  } catch (const WorkerLost& lost) {
    const std::string in_flight = dispatcher.in_flight_at(lost.prefill, lost.worker);
    result.failure = std::string(lost.what()) + ", with " + in_flight;
    dispatcher.fail(lost.prefill, lost.worker, result.failure);
  } catch (const Mismatch& mismatch) {
    result.failure = mismatch.what();
  }
  result.runs.push_back(dispatcher.record());
  const auto& verify_times = dispatcher.verify_times();
  result.verify_times.insert(result.verify_times.end(), verify_times.begin(), verify_times.end());
  finished_.push_back({arm, dispatcher.transferred(), dispatcher.lateness()});
  return result.failure.empty();
}

bool RealRuns::probe(Simulation& result) {
  try {
    const RealFleet::Probes probes = fleet_.probe();
    alone_.prefill.insert(alone_.prefill.end(), probes.prefill.begin(), probes.prefill.end());
    alone_.decode.insert(alone_.decode.end(), probes.decode.begin(), probes.decode.end());
  } catch (const WorkerLost& lost) {
    result.failure = std::string(lost.what()) + ", between the runs";
  }
  return result.failure.empty();
}

void RealRuns::check(Simulation& result) {
  if (!probe(result)) return;
  const double inflation = stage_inflation();
  for (const Finished& run : finished_)
    result.checks.push_back(
        {.arm = std::string(kArmNames[static_cast<std::size_t>(run.arm)]),
         .intrusion = intrusion(scenario_, pipeline_, run.transfers),
         .stage_inflation = run.arm == Arm::splitzip ? inflation : 0,
         .link_rate_achieved = link_rate_achieved(run.transfers, scenario_.link.latency),
         .link_rate_configured = static_cast<double>(scenario_.link.bandwidth),
         .lateness_p99 = late_p99(run.lateness)});
}

double RealRuns::stage_inflation() const {
  std::vector<double> encode, decode;
  for (const Finished& run : finished_)
    for (const auto& t : run.transfers) {
      const std::vector<Chunk> chunks = pipeline_.chunks(t.job.tokens());
      collect(t.sent.spans, Stage::encode, chunks, encode);
      collect(t.installed.spans, Stage::decode_codec, chunks, decode);
    }
  const auto inflation = [](const std::vector<double>& seen, const std::vector<double>& alone) {
    return seen.empty() ? 0 : quantile_of(seen, 0.5) / std::ranges::max(alone) - 1;
  };
  return std::max(inflation(encode, alone_.prefill), inflation(decode, alone_.decode));
}

}  // namespace splitbench
