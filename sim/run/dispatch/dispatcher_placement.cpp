// The part of the dispatcher that forms batches and finds them workers and memory.
#include <algorithm>
#include <numeric>
#include <utility>

#include "sim/run/dispatch/dispatcher.hpp"

namespace splitbench {
namespace {

/// How far behind the first of the queue a session may find its worker free.
constexpr std::size_t kLookAhead = 64;

}  // namespace

void Dispatcher::dispatch() {
  const std::size_t batch = scenario_.workload.batch_size;
  while (queue_.size() >= batch && start_batch(batch)) {
  }
  if (queue_.empty() || queue_.size() >= batch) return;
  const std::size_t under_way = clients_.arrived() - answers_ - queue_.size();
  const bool all_wait_here = clients_.wait_for_answers() && under_way == 0;
  if (clients_.all_arrived() || all_wait_here) start_batch(queue_.size());
}

bool Dispatcher::start_batch(std::size_t size) {
  const bool in_order = scenario_.dispatch != Dispatch::session_affinity;
  const std::size_t last = in_order ? 0 : std::min(queue_.size() - size, kLookAhead);
  for (std::size_t first = 0; first <= last; ++first)
    if (start_batch(first, size)) return true;
  return false;
}

bool Dispatcher::start_batch(std::size_t first, std::size_t size) {
  const auto begin = queue_.begin() + static_cast<std::ptrdiff_t>(first);
  const auto end = begin + static_cast<std::ptrdiff_t>(size);
  Job job{.id = next_job_, .arm = arm_, .requests = {}};
  for (auto request = begin; request != end; ++request) {
    const Request& r = trace_[*request];
    job.requests.push_back({.id = r.id,
                            .prompt_tokens = r.prompt_tokens,
                            .output_tokens = r.output_tokens,
                            .drift_level = drift_level(scenario_.drift, r.id, r.arrival)});
  }
  if (!place(job)) return false;
  ++next_job_;
  prefill_load_[job.prefill_worker] += job.kv_tokens();
  decode_load_[job.decode_worker] += job.kv_tokens();
  ++computing_[job.prefill_worker];
  ++holding_[job.prefill_worker];
  queue_.erase(begin, end);
  JobState state;
  state.record.job = job;
  state.record.elements = job.kv_tokens() * scenario_.pipeline.model.elements_per_token();
  state.record.raw_bytes = scenario_.pipeline.bytes_of(state.record.elements);
  jobs_.emplace(job.id, std::move(state));
  fleet_.start(job);
  if (on_start) on_start(job);
  return true;
}

bool Dispatcher::place(Job& job) {
  const std::uint32_t most_jobs =
      scenario_.pipeline.overlap ? 2 : 1;  // one computes while one drains
  for (const std::uint32_t p : order(job, prefill_load_, prefill_turn_, prefill_cache_)) {
    if (computing_[p] > 0 || holding_[p] >= most_jobs) continue;
    for (const std::uint32_t d : order(job, decode_load_, decode_turn_, decode_cache_))
      if (supervisor_.is_up({p, d}) && place(job, p, d)) return true;
  }
  return false;
}

bool Dispatcher::place(Job& job, std::uint32_t p, std::uint32_t d) {
  const bool resident = scenario_.transfer == TransferKind::missing_blocks;
  for (JobRequest& request : job.requests) {
    if (scenario_.prefix_cache) request.cached_tokens = prefill_cache_[p].tokens_of(request.id);
    if (resident) request.resident_tokens = decode_cache_[d].tokens_of(request.id);
  }
  const std::uint64_t bytes = scenario_.pipeline.memory_of(job.kv_tokens());
  const auto at_prefill = prefill_memory_[p].take(bytes);
  if (!at_prefill) return false;
  const auto at_decode = decode_memory_[d].take(bytes);
  if (!at_decode) {
    prefill_memory_[p].give_back(*at_prefill, bytes);
    return false;
  }
  job.prefill_worker = p;
  job.decode_worker = d;
  job.prefill_offset = *at_prefill;
  job.decode_offset = *at_decode;
  prefill_turn_ = (p + 1) % static_cast<std::uint32_t>(prefill_load_.size());
  decode_turn_ = (d + 1) % static_cast<std::uint32_t>(decode_load_.size());
  return true;
}

std::vector<std::uint32_t> Dispatcher::order(const Job& job, const std::vector<std::uint64_t>& load,
                                             std::uint32_t turn,
                                             const std::vector<PrefixCache>& caches) const {
  std::vector<std::uint32_t> workers(load.size());
  std::iota(workers.begin(), workers.end(), 0);
  std::ranges::rotate(workers, workers.begin() + turn);
  if (scenario_.dispatch != Dispatch::round_robin)
    std::ranges::stable_sort(workers, {}, [&](std::uint32_t w) { return load[w]; });
  if (scenario_.dispatch != Dispatch::session_affinity) return workers;

  const auto held = [&](std::uint32_t worker) {
    std::uint64_t tokens = 0;
    for (const JobRequest& r : job.requests) tokens += caches[worker].tokens_of(r.id);
    return tokens;
  };
  std::uint64_t prompts = 0;
  for (const JobRequest& r : job.requests) prompts += r.prompt_tokens;
  const std::uint32_t best = std::ranges::max(workers, {}, held);
  if (held(best) > prompts / 2) return {best};  // worth waiting for
  return workers;
}

}  // namespace splitbench
