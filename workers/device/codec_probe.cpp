#include "workers/device/codec_probe.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <chrono>
#include <thread>
#include <utility>

#include "network/real_loop.hpp"

namespace splitbench {

double median_cost(std::vector<ChunkCost> costs) {
  const auto per_byte = [](const ChunkCost& c) {
    return c.nanoseconds / static_cast<double>(c.bytes);
  };
  std::ranges::sort(costs, {}, per_byte);
  std::uint64_t all = 0, below = 0;
  for (const ChunkCost& c : costs) all += c.bytes;
  for (const ChunkCost& c : costs)
    if ((below += c.bytes) * 2 >= all) return per_byte(c);
  return 0;
}

namespace {

constexpr std::size_t kCosts = 30, kFewestCosts = 5, kTimes = 7;  // numbers of chunks for a median

CodebookKeeper::Spec always_encoding(CodebookKeeper::Spec spec) {
  spec.policy = DriftPolicy::none;
  return spec;
}

}  // namespace

/// A job whose first chunks have been filled.
struct CodecProbe::Probed {
  Job job;
  std::vector<Chunk> chunks;

  const Chunk& next(std::size_t i) const { return chunks[i % chunks.size()]; }
};

/// The time of a chunk of one size.
struct CodecProbe::ChunkTime {
  double bytes = 0;  ///< raw bytes
  double seconds = 0;
};

CodecProbe::CodecProbe(bool prefill, Backend& backend, CodebookKeeper::Spec codebooks,
                       const Pipeline& pipeline, std::uint64_t tokens, std::span<std::byte> slot,
                       Time longest)
    : prefill_(prefill),
      backend_(backend),
      keeper_(always_encoding(std::move(codebooks))),
      pipeline_(pipeline),
      tokens_(tokens),
      slot_(slot),
      longest_(seconds(longest)) {
  assert(tokens > 0);
}

CodecProbe::Probed CodecProbe::prepare(Arm arm, std::uint64_t tokens, std::size_t chunks) {
  Probed probed{.job = {.id = 0, .arm = arm, .requests = {{0, tokens, 1}}},
                .chunks = pipeline_.chunks(tokens)};
  const Chunk& last = probed.chunks[std::min(chunks, probed.chunks.size()) - 1];
  backend_.fill(probed.job, 0, 0, last.pieces.back().tensor + 1);
  return probed;
}

Packed CodecProbe::pack(const Job& job, const Chunk& chunk) {
  return backend_.pack(job, 0, chunk, keeper_.plan(job, chunk), {.slot = slot_});
}

double CodecProbe::cost(Arm arm) {
  const Probed probed = prepare(arm, tokens_, kCosts);
  const std::size_t chunks = enough(probed);
  return std::max(one_by_one(probed, chunks), at_once(probed, chunks));
}

/// Returns how many chunks to time: fewer if the codec is slow.
std::size_t CodecProbe::enough(const Probed& probed) {
  const Time begin = RealLoop::clock_now();
  seconds_of(probed.job, probed.next(0));
  const double each = seconds(RealLoop::clock_now() - begin);
  return static_cast<std::size_t>(std::clamp<double>(longest_ / each, kFewestCosts, kCosts));
}

/// Returns the median_cost of chunks packed or unpacked one by one, with pauses between them, as
/// over a slow wire.
double CodecProbe::one_by_one(const Probed& probed, std::size_t chunks) {
  constexpr auto kPause = std::chrono::milliseconds(5);
  for (std::size_t i = 0; i < chunks; ++i) {
    const Chunk& chunk = probed.next(i);
    std::this_thread::sleep_for(kPause);
    const Packed packed = pack(probed.job, chunk);
    if (prefill_) {
      note(chunk, packed.spans);
      continue;
    }
    std::this_thread::sleep_for(kPause);
    note(chunk, backend_.unpack(probed.job, 0, chunk, slot_.first(packed.payload_bytes)));
  }
  return median_cost(std::exchange(costs_, {}));
}

/// Returns the median_cost of chunks of which as many as allowed are packed or unpacked at once, as
/// over a fast link. One slot suffices: packed bytes are not read, and unpacks all read the same
/// payload.
double CodecProbe::at_once(const Probed& probed, std::size_t chunks) {
  const Job& job = probed.job;
  const Chunk& same = probed.next(0);
  const Packed packed = pack(job, same);
  const auto payload = slot_.first(packed.payload_bytes);
  std::size_t begun = 0;
  for (std::size_t ended = 0; ended < chunks; ++ended) {
    for (; begun < chunks && begun - ended < pipeline_.at_once(); ++begun) {
      const Chunk& next = probed.next(begun);
      if (prefill_)
        backend_.begin_pack(job, 0, next, keeper_.plan(job, next), {.slot = slot_});
      else
        backend_.begin_unpack(job, 0, same, payload);
    }
    note(prefill_ ? probed.next(ended) : same,
         prefill_ ? backend_.end_pack().spans : backend_.end_unpack());
  }
  return median_cost(std::exchange(costs_, {}));
}

void CodecProbe::note(const Chunk& chunk, const std::vector<Span>& spans) {
  for (const Span& span : spans)
    if (span.stage == Stage::encode || span.stage == Stage::decode_codec)
      costs_.push_back({static_cast<double>((span.end - span.begin).count()),
                        pipeline_.bytes_of(chunk.elements)});
}

StageSpeed CodecProbe::speed(Arm arm) {
  const ChunkTime small = time(arm, std::max<std::uint64_t>(tokens_ / 8, 1));
  return through(small, time(arm, tokens_));
}

WorkerSpeeds CodecProbe::speeds() {
  WorkerSpeeds found{.copy = speed(Arm::raw), .codecs = {}};
  for (const Codec& codec : kOwnCodecs) found.codecs[std::string(codec.name)] = speed(Arm(codec));
  return found;
}

/// Returns the median time of a job's first chunk.
CodecProbe::ChunkTime CodecProbe::time(Arm arm, std::uint64_t tokens) {
  const Probed probed = prepare(arm, tokens, 1);
  const Chunk& chunk = probed.next(0);
  std::array<double, kTimes> seconds{};
  for (double& sample : seconds) sample = seconds_of(probed.job, chunk);
  std::ranges::nth_element(seconds, seconds.begin() + kTimes / 2);
  return {static_cast<double>(pipeline_.bytes_of(chunk.elements)), seconds[kTimes / 2]};
}

/// Returns the time from the call until the host knows that the pack, or the unpack, is done.
double CodecProbe::seconds_of(const Job& job, const Chunk& chunk) {
  const std::vector<Coding> codings = keeper_.plan(job, chunk);
  Time begin = RealLoop::clock_now();
  const Packed packed = backend_.pack(job, 0, chunk, codings, {.slot = slot_});
  if (!prefill_) {
    begin = RealLoop::clock_now();
    backend_.unpack(job, 0, chunk, slot_.first(packed.payload_bytes));
  }
  return seconds(RealLoop::clock_now() - begin);
}

/// Returns the speed that both times fit; the cost of a call is 0 if the larger chunk took no
/// longer.
StageSpeed CodecProbe::through(const ChunkTime& small, const ChunkTime& large) {
  if (large.seconds <= 0) return {};
  const double bytes = large.bytes - small.bytes, more = large.seconds - small.seconds;
  const double rate = bytes > 0 && more > 0 ? bytes / more : large.bytes / large.seconds;
  return {.rate = rate, .call = std::max(0.0, large.seconds - large.bytes / rate)};
}

}  // namespace splitbench
