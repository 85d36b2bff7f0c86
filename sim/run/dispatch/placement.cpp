#include "sim/run/dispatch/placement.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <numeric>

namespace splitbench {

PrefixCache::PrefixCache(std::span<const Request> trace, bool with_outputs)
    : trace_(trace), with_outputs_(with_outputs), held_(trace.size()) {}

void PrefixCache::clear() {
  held_.assign(held_.size(), false);
}

std::uint64_t PrefixCache::shared_by(const Request& request) const {
  return request.prefix_tokens + (with_outputs_ ? request.answer_tokens : 0);
}

std::uint64_t PrefixCache::tokens_of(std::uint64_t request) const {
  const Request& asked = trace_[request];
  std::uint64_t shared = std::min(shared_by(asked), asked.prompt_tokens - 1);
  for (std::uint64_t id = asked.prefix_of; id != kNoRequest && shared > 0;) {
    const Request& forerunner = trace_[id];
    if (held_[id])
      return std::min(shared,
                      forerunner.prompt_tokens + (with_outputs_ ? forerunner.output_tokens : 0));
    shared = std::min(shared, shared_by(forerunner));
    id = forerunner.prefix_of;
  }
  return 0;
}

std::optional<std::uint64_t> Arena::take(std::uint64_t bytes) {
  bytes = rounded(bytes);
  const auto gap = std::ranges::find_if(free_, [&](const auto& g) { return g.second >= bytes; });
  if (gap == free_.end()) return std::nullopt;
  const auto [offset, size] = *gap;
  free_.erase(gap);
  if (size > bytes) free_[offset + bytes] = size - bytes;
  return offset;
}

void Arena::give_back(std::uint64_t offset, std::uint64_t bytes) {
  auto gap = free_.emplace(offset, rounded(bytes)).first;
  if (const auto next = std::next(gap);
      next != free_.end() && gap->first + gap->second == next->first) {
    gap->second += next->second;
    free_.erase(next);
  }
  if (gap == free_.begin()) return;
  const auto previous = std::prev(gap);
  assert(previous->first + previous->second <= gap->first);
  if (previous->first + previous->second == gap->first) {
    previous->second += gap->second;
    free_.erase(gap);
  }
}

Placement::Placement(const Scenario& scenario, std::span<const Request> trace)
    : scenario_(scenario),
      prefill_{.workers = std::vector<Worker>(
                   scenario.workers.prefill,
                   {.cache = PrefixCache(trace, false), .memory = Arena(scenario.prefill_memory)})},
      decode_{.workers = std::vector<Worker>(
                  scenario.workers.decode,
                  {.cache = PrefixCache(trace, true), .memory = Arena(scenario.decode_memory)})} {}

bool Placement::place(Job& job, const FlowIsUp& is_up) {
  // One job computes while another drains.
  const std::uint32_t most_jobs = scenario_.pipeline.overlap ? 2 : 1;
  const auto is_free = [most_jobs](const Worker& prefill) {
    return prefill.computing == 0 && prefill.holding < most_jobs;
  };
  if (std::ranges::none_of(prefill_.workers, is_free)) return false;  // whatever their order
  for (const std::uint32_t p : order(job, prefill_)) {
    if (!is_free(prefill_.workers[p])) continue;
    for (const std::uint32_t d : order(job, decode_))
      if (is_up({p, d}) && place(job, p, d)) return true;
  }
  return false;
}

bool Placement::place(Job& job, std::uint32_t p, std::uint32_t d) {
  Worker& prefill = prefill_.workers[p];
  Worker& decode = decode_.workers[d];
  const bool resident = scenario_.transfer == TransferKind::missing_blocks;
  for (JobRequest& request : job.requests) {
    if (scenario_.prefix_cache) request.cached_tokens = prefill.cache.tokens_of(request.id);
    if (resident) request.resident_tokens = decode.cache.tokens_of(request.id);
  }
  const std::uint64_t bytes = memory_of(job);
  const auto at_prefill = prefill.memory.take(bytes);
  if (!at_prefill) return false;
  const auto at_decode = decode.memory.take(bytes);
  if (!at_decode) {
    prefill.memory.give_back(*at_prefill, bytes);
    return false;
  }
  job.prefill_worker = p;
  job.decode_worker = d;
  job.prefill_offset = *at_prefill;
  job.decode_offset = *at_decode;
  prefill.load += job.kv_tokens();
  decode.load += job.kv_tokens();
  ++prefill.computing;
  ++prefill.holding;
  prefill_.turn = (p + 1) % static_cast<std::uint32_t>(prefill_.workers.size());
  decode_.turn = (d + 1) % static_cast<std::uint32_t>(decode_.workers.size());
  return true;
}

std::vector<std::uint32_t> Placement::order(const Job& job, const Side& side) const {
  std::vector<std::uint32_t> workers(side.workers.size());
  std::iota(workers.begin(), workers.end(), 0);
  std::ranges::rotate(workers, workers.begin() + side.turn);
  if (scenario_.dispatch != Dispatch::round_robin)
    std::ranges::stable_sort(workers, {}, [&](std::uint32_t w) { return side.workers[w].load; });
  if (scenario_.dispatch != Dispatch::session_affinity) return workers;

  std::uint64_t prompts = 0;
  for (const JobRequest& r : job.requests) prompts += r.prompt_tokens;
  std::uint32_t best = 0;
  std::uint64_t most_held = 0;
  for (const std::uint32_t worker : workers) {
    std::uint64_t held = 0;
    for (const JobRequest& r : job.requests) held += side.workers[worker].cache.tokens_of(r.id);
    if (held > most_held) best = worker, most_held = held;
  }
  if (most_held > prompts / 2) return {best};  // worth waiting for
  return workers;
}

void Placement::stop_computing(const Job& job) {
  Worker& prefill = prefill_.workers[job.prefill_worker];
  --prefill.computing;
  prefill.load -= job.kv_tokens();
}

void Placement::leave_prefill(const Job& job) {
  Worker& prefill = prefill_.workers[job.prefill_worker];
  --prefill.holding;
  prefill.memory.give_back(job.prefill_offset, memory_of(job));
}

void Placement::leave_decode(const Job& job) {
  Worker& decode = decode_.workers[job.decode_worker];
  decode.memory.give_back(job.decode_offset, memory_of(job));
  decode.load -= job.kv_tokens();
}

void Placement::hold(const Member& member, std::uint64_t request) {
  worker(member).cache.hold(request);
}

void Placement::forget(const Member& member) {
  worker(member).cache.clear();
}

Placement::Worker& Placement::worker(const Member& member) {
  return (member.prefill ? prefill_ : decode_).workers[member.index];
}

}  // namespace splitbench
