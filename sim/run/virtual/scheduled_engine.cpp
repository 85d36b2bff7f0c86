#include "sim/run/virtual/scheduled_engine.hpp"

#include <algorithm>

namespace splitbench {

std::vector<Span> StageLine::enter(Time now, const StageTimes& stages) {
  std::vector<Span> spans;
  free_.resize(std::max(free_.size(), stages.size()));
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const auto& [stage, time] = stages[i];
    now = std::max(free_[i], now);
    spans.push_back({stage, now, now + time});
    now = free_[i] = now + time;
  }
  return spans;
}

void VirtualLane::run(const StageTimes& stages, std::function<void(std::vector<Span>)> done) {
  std::vector<Span> spans = line_.enter(loop_.now(), stages);
  last_end_ = std::max(last_end_, spans.empty() ? loop_.now() : spans.back().end);
  loop_.at(last_end_, [spans = std::move(spans), done = std::move(done)] { done(spans); });
}

ScheduledPrefillEngine::ScheduledPrefillEngine(EventLoop& loop, PrefillCosts& costs)
    : costs_(costs), compute_lane_(loop), pack_lane_(loop), digest_lane_(loop) {}

void ScheduledPrefillEngine::compute(const Job& job, std::uint32_t group,
                                     std::function<void(std::vector<Span>)> done) {
  compute_lane_.run(costs_.compute(job, group), std::move(done));
}

void ScheduledPrefillEngine::pack(const Job& job, const Chunk& chunk, std::uint32_t,
                                  std::vector<Coding> codings, std::function<void(Packed)> done) {
  const PrefillCosts::Pack cost = costs_.pack(job, chunk, codings);
  pack_lane_.run(cost.stages, [cost, done = std::move(done)](std::vector<Span> spans) {
    done({.spans = std::move(spans), .payload_bytes = cost.payload_bytes, .pieces = cost.pieces});
  });
}

void ScheduledPrefillEngine::digest(const Job& job,
                                    std::function<void(std::vector<std::uint64_t>)> done) {
  digest_lane_.run({{Stage::verify, costs_.digest(job)}},
                   [n = job.requests.size(), done = std::move(done)](const auto&) {
                     done(std::vector<std::uint64_t>(n));  // no bytes, so nothing to digest
                   });
}

ScheduledDecodeEngine::ScheduledDecodeEngine(EventLoop& loop, DecodeCosts& costs)
    : costs_(costs), unpack_lane_(loop), digest_lane_(loop), step_lane_(loop) {}

void ScheduledDecodeEngine::unpack(const Job& job, const Chunk& chunk, std::uint32_t,
                                   std::uint64_t payload_bytes,
                                   std::function<void(Unpacked)> done) {
  unpack_lane_.run(costs_.unpack(job, chunk, payload_bytes),
                   [done = std::move(done)](std::vector<Span> spans) {
                     done({std::move(spans), {}});
                   });
}

void ScheduledDecodeEngine::digest(const Job& job,
                                   std::function<void(std::vector<std::uint64_t>, Span)> done) {
  digest_lane_.run(
      {{Stage::verify, costs_.digest(job)}},
      [n = job.requests.size(), done = std::move(done)](const std::vector<Span>& spans) {
        done(std::vector<std::uint64_t>(n), spans.front());
      });
}

void ScheduledDecodeEngine::step(std::span<const std::uint64_t> context_tokens,
                                 std::function<void(Span)> done) {
  step_lane_.run({{Stage::first_decode_step, costs_.step(context_tokens)}},
                 [done = std::move(done)](const std::vector<Span>& spans) { done(spans.front()); });
}

}  // namespace splitbench
