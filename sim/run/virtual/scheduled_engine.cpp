#include "sim/run/virtual/scheduled_engine.hpp"

#include <algorithm>
#include <numeric>

namespace splitbench {

StageSpans StageLine::enter(Time now, const StageTimes& stages) {
  StageSpans spans;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const auto& [stage, time] = stages[i];
    now = std::max(free_[i], now);
    spans.push_back({stage, now, now + time});
    now = free_[i] = now + time;
  }
  return spans;
}

namespace {

void hand_on(const Digested& digest) {
  digest.done(std::vector<std::uint64_t>(digest.requests), digest.spans.front());
}

}  // namespace

ScheduledPrefillEngine::ScheduledPrefillEngine(VirtualLoop& loop, PrefillCosts& costs)
    : costs_(costs),
      compute_lane_(loop, [this](const Computed& group) { on_computed(group.spans); }),
      digest_lane_(loop, hand_on),
      pack_lane_(loop, [this](const Packed& packed) { on_packed(packed); }) {}

void ScheduledPrefillEngine::compute(const Job& job, std::uint32_t group) {
  compute_lane_.run(costs_.compute(job, group), {});
}

void ScheduledPrefillEngine::pack(const Job& job, const Chunk& chunk, std::uint32_t,
                                  std::vector<Coding> codings) {
  PrefillCosts::Pack cost = costs_.pack(job, chunk, codings, {});
  pack_lane_.run(
      cost.stages,
      {.spans = {}, .payload_bytes = cost.payload_bytes, .pieces = std::move(cost.pieces)});
}

void ScheduledPrefillEngine::digest(const Job& job,
                                    std::function<void(std::vector<std::uint64_t>)> done) {
  digest_lane_.run({{Stage::verify, costs_.digest(job)}},
                   {.spans = {},
                    .requests = job.requests.size(),
                    .done = [done = std::move(done)](std::vector<std::uint64_t> digests, Span) {
                      done(std::move(digests));
                    }});
}

ScheduledDecodeEngine::ScheduledDecodeEngine(VirtualLoop& loop, DecodeCosts& costs)
    : loop_(loop),
      costs_(costs),
      unpack_lane_(loop, [this](const Unpacked& unpacked) { on_unpacked(unpacked); }),
      digest_lane_(loop, hand_on) {}

void ScheduledDecodeEngine::unpack(const Job& job, const Chunk& chunk, std::uint32_t,
                                   std::uint64_t payload_bytes) {
  unpack_lane_.run(costs_.unpack(job, chunk, payload_bytes), {});
}

void ScheduledDecodeEngine::digest(const Job& job,
                                   std::function<void(std::vector<std::uint64_t>, Span)> done) {
  digest_lane_.run({{Stage::verify, costs_.digest(job)}},
                   {.spans = {}, .requests = job.requests.size(), .done = std::move(done)});
}

void ScheduledDecodeEngine::steps(std::span<const std::uint64_t> context_tokens, std::uint64_t most,
                                  std::function<void(std::span<const Span>)> done) {
  const std::uint64_t requests = context_tokens.size();
  std::uint64_t tokens =
      std::accumulate(context_tokens.begin(), context_tokens.end(), std::uint64_t{0});
  most =
      std::min<std::uint64_t>(most, 2 * steps_.size() + 1);  // a batch that just changed will again
  steps_.clear();
  Time now = loop_.now();
  for (std::uint64_t i = 0; i < most; ++i, tokens += requests) {
    const Time length = costs_.step(requests, tokens);
    steps_.push_back({Stage::first_decode_step, now, now + length});
    now += length;
    if (length == Time{0}) break;  // what else happens now comes between this step and the next
  }
  steps_done_ = std::move(done);
  end_at_last();
}

void ScheduledDecodeEngine::end_steps() {
  const auto last = std::ranges::lower_bound(steps_, loop_.now(), {}, &Span::end);
  if (last == steps_.end() || last + 1 == steps_.end()) return;
  steps_.erase(last + 1, steps_.end());
  end_at_last();
}

void ScheduledDecodeEngine::end_at_last() {
  loop_.at(steps_.back().end, [this, number = ++scheduled_] {
    if (number == scheduled_) std::exchange(steps_done_, nullptr)(steps_);
  });
}

}  // namespace splitbench
