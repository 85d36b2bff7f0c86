#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/run/dispatch/job_record.hpp"
#include "workers/events.hpp"

namespace splitbench {

/// Makes one report of what the workers of all shards of a cache report on a job (shards.hpp). A
/// job is where its last shard is: its times and spans are those of the shard whose KV was
/// installed last, its bytes are those of all, and its digests their sums. Not thread-safe: every
/// call comes from the event loop's thread.
class ShardReports {
 public:
  /// `installed` is called once all shards of a job are in their pools, after the observer heard of
  /// it. The observers must outlive this object.
  ShardReports(std::uint32_t shards, PrefillObserver&, DecodeObserver&,
               std::function<void(std::uint64_t job)> installed);

  // Reports of a worker of one shard, as PrefillObserver and DecodeObserver have them.
  void on(std::uint32_t shard, const PrefillBegan&);
  void on(std::uint32_t shard, const PrefillComputed&);
  void on(std::uint32_t shard, PrefillReleased);
  void on(std::uint32_t shard, Installed);
  void on(std::uint32_t shard, const Verified&);
  void on(std::uint32_t shard, const Dropped&);
  /// Finished comes from the one shard whose worker decodes, and Refused ends a job as it is.
  void on(std::uint32_t, Finished e) { decode_.on(std::move(e)); }
  void on(std::uint32_t shard, const Refused& e) {
    decode_.on(Refused{.job = e.job, .why = "shard " + std::to_string(shard) + ": " + e.why});
  }

  /// Adds what a shard's workers reported to the records of completed jobs.
  void add_to(std::vector<JobRecord>& jobs, std::uint32_t shard) const;

 private:
  /// The reports on one job so far, those of shards in the order of shards.
  struct Parts {
    std::vector<std::optional<PrefillBegan>> began;
    std::vector<std::optional<PrefillReleased>> released;
    std::vector<std::optional<Installed>> installed;
    std::uint32_t computed = 0, verified = 0, dropped_by_prefill = 0, dropped_by_decode = 0;
    Verified outcome{.job = 0, .same = true, .took = Time{0}};
  };

  Parts& parts_of(std::uint64_t job);
  void report_released(const Parts&);

  const std::uint32_t shards_;
  PrefillObserver& prefill_;
  DecodeObserver& decode_;
  const std::function<void(std::uint64_t)> installed_;
  std::map<std::uint64_t, Parts> jobs_;
};

}  // namespace splitbench
