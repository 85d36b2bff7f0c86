#include "sim/run/dispatch/shard_reports.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace splitbench {
namespace {

template <class Report>
bool are_all_there(const std::vector<std::optional<Report>>& reports) {
  return std::ranges::all_of(reports, [](const auto& report) { return report.has_value(); });
}

void add(std::vector<std::uint64_t>& sums, const std::vector<std::uint64_t>& values) {
  std::ranges::transform(sums, values, sums.begin(), std::plus());
}

/// Returns the shard whose KV was installed last.
std::size_t last_of(const std::vector<std::optional<Installed>>& reports) {
  const auto at = [](const std::optional<Installed>& report) { return report->at; };
  return static_cast<std::size_t>(std::ranges::max_element(reports, {}, at) - reports.begin());
}

}  // namespace

ShardReports::ShardReports(std::uint32_t shards, PrefillObserver& prefill, DecodeObserver& decode,
                           std::function<void(std::uint64_t)> installed)
    : shards_(shards), prefill_(prefill), decode_(decode), installed_(std::move(installed)) {}

ShardReports::Parts& ShardReports::parts_of(std::uint64_t job) {
  Parts& parts = jobs_[job];
  if (parts.began.empty()) {
    parts.began.resize(shards_);
    parts.released.resize(shards_);
    parts.installed.resize(shards_);
    parts.outcome.job = job;
  }
  return parts;
}

void ShardReports::on(std::uint32_t shard, const PrefillBegan& e) {
  Parts& parts = parts_of(e.job);
  const bool first = std::ranges::none_of(parts.began, [](const auto& b) { return b.has_value(); });
  parts.began[shard] = e;
  if (first) prefill_.on(e);
}

void ShardReports::on(std::uint32_t, const PrefillComputed& e) {
  if (++parts_of(e.job).computed == shards_) prefill_.on(e);
}

void ShardReports::on(std::uint32_t shard, PrefillReleased e) {
  Parts& parts = parts_of(e.job);
  parts.released[shard] = std::move(e);
  report_released(parts);
}

void ShardReports::on(std::uint32_t shard, Installed e) {
  const std::uint64_t job = e.job;
  Parts& parts = parts_of(job);
  parts.installed[shard] = std::move(e);
  if (!are_all_there(parts.installed)) return;
  const std::size_t last = last_of(parts.installed);
  Installed whole = *parts.installed[last];
  for (std::size_t other = 0; other < shards_; ++other) {
    const Installed& part = *parts.installed[other];
    whole.shards_apart = std::max(whole.shards_apart, whole.at - part.at);
    if (other != last)
      whole.lateness.insert(whole.lateness.end(), part.lateness.begin(), part.lateness.end());
  }
  decode_.on(std::move(whole));
  installed_(job);
  report_released(parts);
}

void ShardReports::report_released(const Parts& parts) {
  if (!are_all_there(parts.released) || !are_all_there(parts.installed)) return;
  const std::size_t last = last_of(parts.installed);
  PrefillReleased whole = *parts.released[last];
  for (std::size_t other = 0; other < shards_; ++other) {
    if (other == last) continue;
    const PrefillReleased& part = *parts.released[other];
    add(whole.chunk_bytes, part.chunk_bytes);
    add(whole.digests, part.digests);
    whole.escapes += part.escapes;
    whole.stored_bytes += part.stored_bytes;
    whole.codebook_changes.insert(whole.codebook_changes.end(), part.codebook_changes.begin(),
                                  part.codebook_changes.end());
  }
  prefill_.on(std::move(whole));
}

void ShardReports::on(std::uint32_t, const Verified& e) {
  Parts& parts = parts_of(e.job);
  parts.outcome.same = parts.outcome.same && e.same;
  parts.outcome.took = std::max(parts.outcome.took, e.took);
  if (++parts.verified == shards_ || !e.same) decode_.on(parts.outcome);
}

void ShardReports::on(std::uint32_t, const Dropped& e) {
  Parts& parts = parts_of(e.job);
  if (e.by_prefill) {
    if (++parts.dropped_by_prefill == shards_) prefill_.on(e);
  } else if (++parts.dropped_by_decode == shards_) {
    decode_.on(e);
  }
}

void ShardReports::add_to(std::vector<JobRecord>& jobs, std::uint32_t shard) const {
  for (JobRecord& record : jobs) {
    const Parts& parts = jobs_.at(record.job.id);
    record.began = parts.began[shard];
    record.released = parts.released[shard];
    record.installed = parts.installed[shard];
  }
}

}  // namespace splitbench
