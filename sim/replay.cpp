#include "sim/replay.hpp"

#include <algorithm>
#include <map>

#include "network/event_loop.hpp"
#include "network/message.hpp"
#include "sim/scheduled_engine.hpp"
#include "sim/virtual_fleet.hpp"

namespace splitbench {
namespace {

bool is_pack(Stage stage) {
  return stage == Stage::encode || stage == Stage::xfer_prep;
}

/// The stage times of a run that was measured. A worker reports its spans in the order of groups
/// and chunks, and the stages of one chunk end where the next chunk's begin or earlier.
class MeasuredCosts final : public PrefillCosts, public DecodeCosts {
 public:
  explicit MeasuredCosts(std::span<const Dispatcher::Transferred> jobs) {
    for (const auto& job : jobs) {
      Measured& m = jobs_[job.job.id];
      for (const Span& s : job.sent.spans) {
        if (s.stage == Stage::prefill_compute) m.compute.emplace_back(s.stage, s.end - s.begin);
        if (is_pack(s.stage)) m.pack.emplace_back(s.stage, s.end - s.begin);
      }
      for (const Span& s : job.installed.spans)
        if (s.stage == Stage::kv_install || s.stage == Stage::decode_codec)
          m.unpack.emplace_back(s.stage, s.end - s.begin);
      m.chunk_bytes = job.sent.chunk_bytes;
    }
  }

  StageTimes compute(const Job& job, std::uint32_t group) override {
    const StageTimes& all = jobs_.at(job.id).compute;
    return all.empty() ? StageTimes{} : StageTimes{all[group]};
  }
  Pack pack(const Job& job, const Chunk& chunk) override {
    const Measured& m = jobs_.at(job.id);
    return {.stages = of_chunk(m.pack, m, chunk),
            .payload_bytes = m.chunk_bytes[chunk.index] - kMessageHeaderBytes};
  }
  StageTimes unpack(const Job& job, const Chunk& chunk) override {
    const Measured& m = jobs_.at(job.id);
    return of_chunk(m.unpack, m, chunk);
  }
  Time digest(const Job&) override { return Time{0}; }
  Time step(std::span<const std::uint64_t>) override { return Time{0}; }

 private:
  struct Measured {
    StageTimes compute, pack, unpack;
    std::vector<std::uint64_t> chunk_bytes;
  };

  static StageTimes of_chunk(const StageTimes& all, const Measured& m, const Chunk& chunk) {
    const std::size_t each = all.size() / m.chunk_bytes.size();
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(each * chunk.index);
    return {first, first + static_cast<std::ptrdiff_t>(each)};
  }

  std::map<std::uint64_t, Measured> jobs_;
};

/// When the last chunk was in the KV pool, whatever came after that.
Time transfer_end(const Installed& e) {
  Time last{0};
  for (const Span& s : e.spans)
    if (s.stage == Stage::kv_install || s.stage == Stage::decode_codec)
      last = std::max(last, s.end);
  return last;
}

/// Notes when each job's first pack began and its last chunk was installed.
class Clock final : public PrefillObserver, public DecodeObserver {
 public:
  void on(const PrefillBegan&) override {}
  void on(const PrefillComputed&) override {}
  void on(const PrefillReleased& e) override { total -= transfer_begin(e); }
  void on(const Installed& e) override { total += transfer_end(e); }
  void on(const Finished&) override {}
  void on(const Verified&) override {}

  static Time transfer_begin(const PrefillReleased& e) {
    Time first = Time::max();
    for (const Span& s : e.spans)
      if (is_pack(s.stage)) first = std::min(first, s.begin);
    return first;
  }

  Time total{0};
};

}  // namespace

double intrusion(const Scenario& scenario, const Pipeline& pipeline,
                 std::span<const Dispatcher::Transferred> jobs) {
  VirtualLoop loop;
  MeasuredCosts costs(jobs);
  Clock replayed;
  VirtualFleet fleet(loop, scenario, pipeline, costs, costs, replayed, replayed);

  Time measured{0};
  for (const auto& job : jobs) {
    measured += transfer_end(job.installed) - Clock::transfer_begin(job.sent);
    loop.at(job.began.at, [&fleet, &job = job.job] { fleet.start(job); });
  }
  loop.run();
  if (replayed.total <= Time{0}) return 0;
  return static_cast<double>(measured.count()) / static_cast<double>(replayed.total.count()) - 1;
}

}  // namespace splitbench
