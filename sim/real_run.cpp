#include "sim/real_run.hpp"

#include <algorithm>
#include <sys/prctl.h>

#include "sim/link_rate.hpp"
#include "sim/replay.hpp"

namespace splitbench {
namespace {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

Time percentile_99(std::vector<Time> values) {
  if (values.empty()) return Time{0};
  const auto at = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) * 99 / 100);
  std::ranges::nth_element(values, at);
  return *at;
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
      fleet_(io_, scenario, pipeline, backend),
      before_(fleet_.probe()) {
  prctl(PR_SET_TIMERSLACK, 1);  // nanoseconds: arrivals are to be on time
}

bool RealRuns::run(Arm arm, int repeat, Simulation& result) {
  bool done = false;
  fleet_.reset_link();
  Dispatcher dispatcher(
      loop_, scenario_, trace_, arm, repeat, [&](const Job& job) { fleet_.start(job); },
      [&] { done = true; });
  fleet_.report_to(&dispatcher);
  try {
    dispatcher.begin();
    fleet_.serve_until([&] { return done; });
  } catch (const WorkerLost& lost) {
    const std::string in_flight = dispatcher.in_flight_at(lost.prefill, lost.worker);
    result.failure = std::string(lost.what()) + ", with " + in_flight;
    dispatcher.fail(lost.prefill, lost.worker, result.failure);
  } catch (const Mismatch& mismatch) {
    result.failure = mismatch.what();
  }
  fleet_.report_to(nullptr);

  result.runs.push_back(dispatcher.record());
  const auto& verify_times = dispatcher.verify_times();
  result.verify_times.insert(result.verify_times.end(), verify_times.begin(), verify_times.end());
  finished_.push_back({arm, dispatcher.transferred(), dispatcher.lateness()});
  return result.failure.empty();
}

void RealRuns::check(Simulation& result) {
  const RealFleet::Probes after = fleet_.probe();
  for (const Finished& run : finished_)
    result.checks.push_back(
        {.arm = std::string(kArmNames[static_cast<std::size_t>(run.arm)]),
         .intrusion = intrusion(scenario_, pipeline_, run.transfers),
         .stage_inflation = stage_inflation(run, after),
         .link_rate_achieved = link_rate_achieved(run.transfers, scenario_.link.latency),
         .link_rate_configured = static_cast<double>(scenario_.link.bandwidth),
         .lateness_p99 = percentile_99(run.lateness)});
}

double RealRuns::stage_inflation(const Finished& run, const RealFleet::Probes& after) const {
  std::vector<double> encode, decode;
  for (const auto& t : run.transfers) {
    const std::vector<Chunk> chunks = pipeline_.chunks(t.job.tokens());
    collect(t.sent.spans, Stage::encode, chunks, encode);
    collect(t.installed.spans, Stage::decode_codec, chunks, decode);
  }
  const auto inflation = [](const std::vector<double>& seen, std::vector<double> alone,
                            const std::vector<double>& alone_after) {
    alone.insert(alone.end(), alone_after.begin(), alone_after.end());
    return seen.empty() ? 0 : median(seen) / median(alone) - 1;
  };
  return std::max(inflation(encode, before_.prefill, after.prefill),
                  inflation(decode, before_.decode, after.decode));
}

}  // namespace splitbench
