#include "sim/run/virtual/replay.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "network/event_loop.hpp"
#include "network/tcp/message.hpp"
#include "sim/run/virtual/scheduled_engine.hpp"
#include "sim/run/virtual/virtual_fleet.hpp"

namespace splitbench {
namespace {

bool is_pack(Stage stage) {
  return stage == Stage::encode || stage == Stage::xfer_prep;
}

bool is_unpack(Stage stage) {
  return stage == Stage::kv_install || stage == Stage::decode_codec;
}

/// The measured stage times of a real run. A worker reports its spans in the order of groups and
/// chunks, and the stages of one chunk end where the next chunk's begin or earlier.
class MeasuredCosts final : public PrefillCosts, public DecodeCosts {
 public:
  explicit MeasuredCosts(std::span<const JobRecord> jobs) {
    for (const JobRecord& job : jobs) {
      Measured& m = jobs_[job.job.id];
      for (const Span& s : job.released->spans) {
        if (s.stage == Stage::prefill_compute) m.compute.emplace_back(s.stage, s.end - s.begin);
        if (is_pack(s.stage)) m.pack.emplace_back(s.stage, s.end - s.begin);
      }
      for (const Span& s : job.installed->spans)
        if (is_unpack(s.stage)) m.unpack.emplace_back(s.stage, s.end - s.begin);
      m.chunk_bytes = job.released->chunk_bytes;
    }
  }

  StageTimes compute(const Job& job, std::uint32_t group) override {
    const StagesOfJob& all = jobs_.at(job.id).compute;
    return all.empty() ? StageTimes{} : StageTimes{all[group]};
  }
  Pack pack(const Job& job, const Chunk& chunk, std::span<const Coding>,
            std::vector<CodedPiece>) override {
    const Measured& m = jobs_.at(job.id);
    return {.stages = of_chunk(m.pack, m, chunk),
            .payload_bytes = m.chunk_bytes[chunk.index] - kMessageHeaderBytes,
            .pieces = {}};
  }
  StageTimes unpack(const Job& job, const Chunk& chunk, std::uint64_t) override {
    const Measured& m = jobs_.at(job.id);
    return of_chunk(m.unpack, m, chunk);
  }
  Time digest(const Job&) override { return Time{0}; }
  Time step(std::uint64_t, std::uint64_t) override { return Time{0}; }

 private:
  using StagesOfJob = std::vector<std::pair<Stage, Time>>;  // of one piece after the other
  struct Measured {
    StagesOfJob compute, pack, unpack;
    std::vector<std::uint64_t> chunk_bytes;
  };

  static StageTimes of_chunk(const StagesOfJob& all, const Measured& m, const Chunk& chunk) {
    const std::size_t each = all.size() / m.chunk_bytes.size();
    return StageTimes(std::span(all).subspan(each * chunk.index, each));
  }

  std::map<std::uint64_t, Measured> jobs_;
};

/// Returns a keeper that decides nothing: the measured costs already contain how each chunk was
/// coded.
CodebookKeeper::Spec as_it_was(const Pipeline& pipeline) {
  const std::vector<CacheTensor> tensors = pipeline.model.tensors(pipeline.element_type);
  return {.tensors = tensors,
          .element_type = pipeline.element_type,
          .calibration = std::vector<ExponentHistogram>(tensors.size()),
          .pays = nullptr,
          .choose = nullptr};
}

/// Returns when the last chunk was in the KV pool, whatever came after that.
Time transfer_end(const Installed& e) {
  Time last{0};
  for (const Span& s : e.spans)
    if (is_unpack(s.stage)) last = std::max(last, s.end);
  return last;
}

Time transfer_begin(const PrefillReleased& e) {
  Time first = Time::max();
  for (const Span& s : e.spans)
    if (is_pack(s.stage)) first = std::min(first, s.begin);
  return first;
}

/// Adds up the times of transfers, first pack to last install.
class Clock final : public PrefillObserver, public DecodeObserver {
 public:
  explicit Clock(const std::set<std::uint64_t>& jobs) : jobs_(jobs) {}

  void on(const PrefillBegan&) override {}
  void on(const PrefillComputed&) override {}
  void on(PrefillReleased e) override {
    if (jobs_.contains(e.job)) total -= transfer_begin(e);
  }
  void on(Installed e) override {
    if (jobs_.contains(e.job)) total += transfer_end(e);
  }
  void on(Finished) override {}
  void on(const Verified&) override {}
  void on(const Dropped&) override {}
  void on(const Refused&) override {}

  Time total{0};

 private:
  const std::set<std::uint64_t>& jobs_;
};

/// Returns how much later the installs of the `counted` jobs ended, in total, than they would have
/// if each decode worker had taken up every chunk when the wire handed it on, or as soon as a stage
/// was done with the chunk before.
Time receiver_delay(std::span<const JobRecord> jobs, MeasuredCosts& costs,
                    const std::set<std::uint64_t>& counted) {
  struct Landed {
    Time arrival;
    StageTimes unpack;
    std::uint64_t job;
  };
  std::map<std::uint32_t, std::vector<Landed>> workers;
  Time late{0};
  for (const JobRecord& job : jobs) {
    Chunk chunk;
    for (const Span& s : job.installed->spans) {
      if (s.stage != Stage::xfer_wire) continue;
      workers[job.job.decode_worker].push_back(
          {s.end, costs.unpack(job.job, chunk, 0), job.job.id});
      ++chunk.index;
    }
    if (counted.contains(job.job.id)) late += transfer_end(*job.installed);
  }
  for (auto& [worker, chunks] : workers) {
    std::ranges::stable_sort(chunks, {}, &Landed::arrival);
    std::map<std::uint64_t, Time> ends;
    StageLine line;
    for (const Landed& chunk : chunks)
      ends[chunk.job] = line.enter(chunk.arrival, chunk.unpack).back().end;
    for (const auto& [job, end] : ends)
      if (counted.contains(job)) late -= end;
  }
  return late;
}

bool touches(const JobRecord& job, std::span<const Window> windows) {
  return std::ranges::any_of(windows, [&](const Window& w) {
    return job.began->at <= w.second && w.first <= job.installed->at;
  });
}

}  // namespace

Intrusion intrusion(const Scenario& scenario, std::span<const JobRecord> jobs, Time origin,
                    std::span<const Window> disturbed) {
  std::set<std::uint64_t> counted;
  for (const JobRecord& job : jobs)
    if (!touches(job, disturbed) && !is_warmup(job.job, scenario.workload))
      counted.insert(job.job.id);

  VirtualLoop loop;
  MeasuredCosts costs(jobs);
  Clock replayed(counted);
  VirtualFleet fleet(loop, scenario, as_it_was(scenario.pipeline), costs, costs);
  fleet.bring_up(replayed, replayed, nullptr);
  Time measured{0};
  for (const JobRecord& job : jobs) {
    if (counted.contains(job.job.id))
      measured += transfer_end(*job.installed) - transfer_begin(*job.released);
    loop.at(job.began->at - origin, [&fleet, &job = job.job] { fleet.start(job); });
  }
  loop.run();
  if (replayed.total <= Time{0}) return {};
  const auto share = [&](Time time) {
    return static_cast<double>(time.count()) / static_cast<double>(replayed.total.count());
  };
  const Time at_receiver = receiver_delay(jobs, costs, counted);
  return {.sender = share(measured - replayed.total - at_receiver),
          .receiver = share(at_receiver),
          .seconds = seconds(measured - replayed.total) / static_cast<double>(counted.size())};
}

}  // namespace splitbench
