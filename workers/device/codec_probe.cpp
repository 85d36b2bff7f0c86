#include "workers/device/codec_probe.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "workers/device/probe_job.hpp"

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

/// Packs and, for a decode worker, unpacks the chunks of a job.
class Prober {
 public:
  Prober(bool prefill, Arm arm, Backend& backend, CodebookKeeper::Spec codebooks,
         const WorkerSetup& setup, std::uint64_t tokens, std::span<std::byte> slot)
      : prefill_(prefill),
        backend_(backend),
        keeper_(std::move(codebooks)),
        pipeline_(setup.pipeline),
        slot_(slot) {
    job_ = probe_job(setup, arm, tokens);
    chunks_ = pipeline_.chunks(job_.kv_tokens());
    const Chunk& last = chunks_[std::min(kSamples, chunks_.size()) - 1];
    backend_.fill(job_, 0, 0, last.pieces.back().tensor + 1);
  }

  /// Chunk by chunk with pauses between them, as chunks come over a slow wire.
  double one_by_one() {
    constexpr auto kPause = std::chrono::milliseconds(5);
    for (std::size_t i = 0; i < kSamples; ++i) {
      const Chunk& chunk = next(i);
      std::this_thread::sleep_for(kPause);
      const Packed packed = pack(chunk);
      if (prefill_) {
        note(chunk, packed.spans);
        continue;
      }
      std::this_thread::sleep_for(kPause);
      note(chunk, backend_.unpack(job_, 0, chunk, slot_.first(packed.payload_bytes)));
    }
    return median_cost(std::exchange(costs_, {}));
  }

  /// As many at once as may be, as over a fast one. One slot will do: nobody looks at the bytes,
  /// and a decode worker reads the same ones again and again.
  double at_once() {
    const Chunk& same = next(0);
    const Packed packed = pack(same);
    const auto payload = slot_.first(packed.payload_bytes);
    std::size_t begun = 0;
    for (std::size_t ended = 0; ended < kSamples; ++ended) {
      for (; begun < kSamples && begun - ended < pipeline_.at_once(); ++begun) {
        if (prefill_)
          backend_.begin_pack(job_, 0, next(begun), keeper_.plan(job_, next(begun)),
                              {.slot = slot_});
        else
          backend_.begin_unpack(job_, 0, same, payload);
      }
      note(prefill_ ? next(ended) : same,
           prefill_ ? backend_.end_pack().spans : backend_.end_unpack());
    }
    return median_cost(std::exchange(costs_, {}));
  }

 private:
  static constexpr std::size_t kSamples = 30;

  Packed pack(const Chunk& chunk) {
    return backend_.pack(job_, 0, chunk, keeper_.plan(job_, chunk), {.slot = slot_});
  }

  const Chunk& next(std::size_t i) const { return chunks_[i % chunks_.size()]; }

  void note(const Chunk& chunk, const std::vector<Span>& spans) {
    for (const Span& span : spans)
      if (span.stage == Stage::encode || span.stage == Stage::decode_codec)
        costs_.push_back({static_cast<double>((span.end - span.begin).count()),
                          pipeline_.bytes_of(chunk.elements)});
  }

  const bool prefill_;
  Backend& backend_;
  CodebookKeeper keeper_;
  const Pipeline& pipeline_;
  std::span<std::byte> slot_;
  Job job_;
  std::vector<Chunk> chunks_;
  std::vector<ChunkCost> costs_;
};

}  // namespace

double probe_codec(bool prefill, Arm arm, Backend& backend, CodebookKeeper::Spec codebooks,
                   const WorkerSetup& setup, std::uint64_t tokens, std::span<std::byte> slot) {
  codebooks.policy = DriftPolicy::none;
  Prober prober(prefill, arm, backend, std::move(codebooks), setup, tokens, slot);
  return std::max(prober.one_by_one(), prober.at_once());
}

}  // namespace splitbench
