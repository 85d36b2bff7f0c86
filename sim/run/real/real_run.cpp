#include "sim/run/real/real_run.hpp"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <iterator>
#include <limits>
#include <map>
#include <sys/prctl.h>
#include <unistd.h>
#include <utility>

#include "reports/analysis/validity.hpp"
#include "sim/run/dispatch/link_rate.hpp"
#include "sim/run/virtual/replay.hpp"
#include "workers/device/codec_cost.hpp"
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

/// Returns the spans of the codec's stage at one end of a job, in the order of its chunks.
std::vector<Span> codec_spans(const JobRecord& job, bool prefill) {
  std::vector<Span> spans = prefill ? job.released->spans : job.installed->spans;
  const Stage stage = prefill ? Stage::encode : Stage::decode_codec;
  std::erase_if(spans, [stage](const Span& span) { return span.stage != stage; });
  return spans;
}

/// Returns the jobs of one worker, in the order in which their first chunks were coded.
std::vector<const JobRecord*> jobs_of(Member member, const std::vector<JobRecord>& jobs) {
  std::vector<const JobRecord*> own;
  for (const JobRecord& job : jobs) {
    const std::uint32_t worker = member.prefill ? job.job.prefill_worker : job.job.decode_worker;
    if (worker == member.index && !codec_spans(job, member.prefill).empty()) own.push_back(&job);
  }
  std::ranges::sort(own, {}, [&](const JobRecord* job) {
    return codec_spans(*job, member.prefill).front().begin;
  });
  return own;
}

/// Returns when the codec worked on each chunk of a job at one end, and none for a chunk that is
/// carried as it is. Empty if these are not all of them: others were stored by the policy, or a
/// fault came between.
std::vector<std::optional<Span>> spans_by_chunk(const JobRecord& job, bool prefill,
                                                std::span<const Chunk> chunks,
                                                std::span<const CacheTensor> tensors) {
  const auto has_work = [&](const Chunk& chunk) {
    return !prefill || is_foreign(job.job.arm) ||
           std::ranges::any_of(chunk.pieces,
                               [&](const Piece& piece) { return tensors[piece.tensor].coded(); });
  };
  const std::vector<Span> spans = codec_spans(job, prefill);
  if (std::cmp_not_equal(std::ranges::count_if(chunks, has_work), spans.size())) return {};
  std::vector<std::optional<Span>> by_chunk;
  auto next = spans.begin();
  for (const Chunk& chunk : chunks)
    by_chunk.push_back(has_work(chunk) ? std::optional(*next++) : std::nullopt);
  return by_chunk;
}

/// The first chunks of a worker in a run: the moments at which the codec began with them, and their
/// costs; and how long their encoding took, which is done again at either end.
struct SeenChunks {
  std::vector<JobPace> paces;
  std::vector<ChunkCost> costs;
  Time encoding{0};
};

/// Returns as many of the jobs' first chunks as give a median its precision, within `longest` or
/// eight of them; fewer of a codec that takes longer than that to encode them, but at least one.
/// Pauses of more than a tenth of a second are cut to that, and a chunk that began before one of an
/// earlier job counts as begun with it.
SeenChunks first_chunks(const std::vector<const JobRecord*>& jobs, bool prefill,
                        const Pipeline& pipeline, Time longest) {
  constexpr std::size_t kFewest = 8, kMost = 100;  // chunks
  constexpr Time kLongestPause{100'000'000};
  const std::vector<CacheTensor> tensors = pipeline.model.tensors(pipeline.element_type);
  SeenChunks seen;
  Time now{0};
  std::optional<Time> before;
  for (const JobRecord* job : jobs) {
    JobPace pace{.tokens = request_tokens(job->job), .begins = {}};
    const std::vector<Chunk> chunks = pipeline.chunks(job->job);
    const auto encoded = spans_by_chunk(*job, true, chunks, tensors);
    const auto own = spans_by_chunk(*job, prefill, chunks, tensors);
    if (encoded.empty() || own.empty()) continue;
    for (const Chunk& chunk : chunks) {
      if (const std::optional<Span>& span = own[chunk.index]) {
        if (before) now += std::clamp(span->begin - *before, Time{0}, kLongestPause);
        before = span->begin;
        const std::size_t count = seen.costs.size();
        if (count >= kFewest && (count == kMost || now > longest)) break;
        if (seen.encoding > longest) break;
        seen.costs.push_back({static_cast<double>((span->end - span->begin).count()),
                              pipeline.bytes_of(chunk.elements)});
      }
      if (encoded[chunk.index])
        seen.encoding += encoded[chunk.index]->end - encoded[chunk.index]->begin;
      pace.begins.push_back(now);
    }
    if (pace.begins.empty()) break;
    seen.paces.push_back(std::move(pace));
  }
  return seen;
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

/// Returns the share of chunks that were handed on later than the wire should have delivered them,
/// by more than a hundredth of their transfer's time: the host did not keep up.
double late_arrivals(const std::vector<JobRecord>& jobs, const LinkSpec& link) {
  if (link.bandwidth == kUnlimited) return std::numeric_limits<double>::quiet_NaN();
  std::uint64_t late = 0, all = 0;
  for (const JobRecord& job : jobs) {
    const Time tolerance = (job.installed->at - job.began->at) / 100;
    const std::vector<Time>& lateness = job.installed->lateness;
    late += static_cast<std::uint64_t>(
        std::ranges::count_if(lateness, [&](Time each) { return each > tolerance; }));
    all += lateness.size();
  }
  return all > 0 ? static_cast<double>(late) / static_cast<double>(all) : 0;
}

/// Returns how much worse an inflation is than one that is within the limits: first those that are
/// beyond them, then those of which too little is known, then by size.
double severity(const Estimate& inflation) {
  const auto& [value, error] = inflation;
  if (value - error > kMaxStageInflation) return 1000 + value;
  if (error > kMaxInflationError && value + error > kMaxStageInflation) return 100 + error;
  return std::abs(value);
}

/// Returns the self-check of a run whose workers' shards have these: that of the shard to whose
/// transfers the testbed added most, with the largest share of late chunks and the lowest rate. The
/// rates are those of as many shards together.
SelfCheck worst_of(const std::vector<SelfCheck>& shards) {
  SelfCheck worst = *std::ranges::max_element(shards, {}, &SelfCheck::intrusion);
  for (const SelfCheck& shard : shards) {
    if (shard.late_arrivals > worst.late_arrivals) worst.late_arrivals = shard.late_arrivals;
    if (shard.link_rate_achieved < worst.link_rate_achieved)
      worst.link_rate_achieved = shard.link_rate_achieved;
  }
  worst.link_rate_achieved *= static_cast<double>(shards.size());
  worst.link_rate_configured *= static_cast<double>(shards.size());
  return worst;
}

/// Returns whether stages take longer than alone on purpose, so that it does not count.
bool is_loaded(const Scenario& scenario) {
  return scenario.compute == ComputeKind::gemm || scenario.drift.kind != DriftKind::none;
}

}  // namespace

RealRuns::RealRuns(const Scenario& scenario, BackendKind backend, const Load& load)
    : scenario_(scenario),
      load_(load),
      loop_(io_),
      fleet_(io_, loop_, scenario, scenario.pipeline, backend) {
  prctl(PR_SET_TIMERSLACK, 1);  // nanoseconds: arrivals are to be on time
}

RealRun RealRuns::run(Arm arm, std::uint32_t repeat) {
  const Scenario scenario = of_repeat(scenario_, repeat);
  bool done = false;
  Time origin{0};
  Dispatcher dispatcher(loop_, scenario, load_.of(repeat),
                        {.arm = arm,
                         .repeat = static_cast<int>(repeat),
                         .first_job = next_job_,
                         .keep_measurements = true},
                        fleet_, fleet_.supervisor(), [&] { done = true; });
  FaultInjector injector(loop_, scenario, dispatcher, fleet_.supervisor(), fleet_,
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
  const MachineLoad load(fleet_.processes());
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
  RealRun result{.record = dispatcher.take_record(), .verify_times = dispatcher.verify_times()};
  result.record.failure = failure;
  Finished finished{.arm = arm,
                    .origin = origin,
                    .transfers = fleet_.by_shard(dispatcher.completed()),
                    .lateness = dispatcher.lateness(),
                    .disturbed = disturbed(fleet_.supervisor().incidents(Time{0}), scenario_),
                    .load = load.since(),
                    .stages = {},
                    .load_alone = {}};
  try {
    if (failure.empty()) time_alone(finished);
  } catch (const WorkerLost& lost) {
    finished.stages.clear();
    result.record.failure = std::string(lost.what()) + ", after the run";
  }
  finished_.push_back(std::move(finished));
  return result;
}

void RealRuns::measure_speeds() {
  fleet_.measure_speeds(typical_tokens(load_.traces.front(), scenario_.workload.batch_size));
}

void RealRuns::time_alone(Finished& run) {
  constexpr int kTries = 2;  // other work may be over the next time
  constexpr Time kLongest{1'000'000'000};
  if (!encodes(run.arm) || run.arm == Arm::automatic || is_loaded(scenario_)) return;
  // A worker that measures shows no life.
  const Time longest = std::min(kLongest, scenario_.heartbeat_timeout / 8);
  for (int i = 0; i < kTries && (i == 0 || is_disturbed(run.load_alone)); ++i) {
    run.stages.clear();
    const MachineLoad load(fleet_.processes());
    for (std::uint32_t shard = 0; shard < run.transfers.size(); ++shard) {
      const std::vector<JobRecord> jobs = measured(run.transfers[shard]);
      for (const auto& [prefill, count] :
           {std::pair{true, scenario_.workers.prefill}, {false, scenario_.workers.decode}})
        for (std::uint32_t index = 0; index < count; ++index)
          time_alone(run, {prefill, index}, shard, jobs, longest);
    }
    run.load_alone = load.since();
  }
}

void RealRuns::time_alone(Finished& run, Member member, std::uint32_t shard,
                          const std::vector<JobRecord>& jobs, Time longest) {
  const SeenChunks seen =
      first_chunks(jobs_of(member, jobs), member.prefill, scenario_.pipeline, longest);
  if (seen.paces.empty()) return;
  // A codec whose single chunk takes longer than all were to take would make its worker seem lost:
  // its cost alone stays unknown.
  const auto alone = seen.encoding > 2 * longest
                         ? std::nullopt
                         : fleet_.cost_alone(member, shard, run.arm, seen.paces);
  run.stages.push_back({member, shard, {median_cost(seen.costs), alone.value_or(MedianCost{})}});
}

std::vector<SelfCheck> RealRuns::checks() const {
  std::vector<SelfCheck> checks;
  for (const Finished& run : finished_) {
    std::vector<SelfCheck> of_shards;
    for (const std::vector<JobRecord>& transfers : run.transfers)
      of_shards.push_back(check(run, transfers));
    checks.push_back(worst_of(of_shards));
  }
  return checks;
}

SelfCheck RealRuns::check(const Finished& run, const std::vector<JobRecord>& transfers) const {
  const std::vector<JobRecord> counted = measured(transfers);
  const Intrusion seen = intrusion(scenario_, transfers, run.origin, run.disturbed);
  return {.arm = std::string(name_of(run.arm, scenario_.codecs)),
          .intrusion = seen.total(),
          .sender_intrusion = seen.sender,
          .receiver_intrusion = seen.receiver,
          .intrusion_time = seen.seconds,
          .encode_inflation = inflation(run.arm, true),
          .decode_inflation = inflation(run.arm, false),
          .loaded = is_loaded(scenario_),
          .computing_shared = scenario_.compute == ComputeKind::gemm && fleet_.gpu_shared(),
          .link_rate_achieved = link_rate_achieved(counted, scenario_.link),
          .link_rate_configured = link_rate_configured(scenario_.link, scenario_.workers)
                                      .value_or(std::numeric_limits<double>::quiet_NaN()),
          .late_arrivals = late_arrivals(counted, scenario_.link),
          .lateness_p99 = late_p99(run.lateness),
          .clock_error = fleet_.clock_error(),
          .other_load = std::max(run.load.others, run.load_alone.others),
          .stolen = std::max(run.load.stolen, run.load_alone.stolen)};
}

std::vector<JobRecord> RealRuns::measured(std::vector<JobRecord> jobs) const {
  std::erase_if(jobs, [&](const JobRecord& job) { return is_warmup(job.job, scenario_.workload); });
  return jobs;
}

Estimate RealRuns::inflation(Arm arm, bool prefill) const {
  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<PairedCosts>> by_worker;
  bool coded = false;
  for (const Finished& run : finished_) {
    if (run.arm != arm) continue;
    coded = coded || !run.stages.empty();
    if (is_disturbed(run.load_alone)) continue;
    for (const auto& [member, shard, costs] : run.stages)
      if (member.prefill == prefill && costs.alone.cost > 0)
        by_worker[{member.index, shard}].push_back(costs);
  }
  if (by_worker.empty()) return coded ? Estimate{kUnknown, kUnknown} : Estimate{};
  std::vector<Estimate> found;
  for (const auto& [worker, costs] : by_worker) found.push_back(stage_inflation(costs));
  return *std::ranges::max_element(found, {}, severity);
}

}  // namespace splitbench
