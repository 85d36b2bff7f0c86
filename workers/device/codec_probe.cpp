#include "workers/device/codec_probe.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <future>
#include <iterator>
#include <thread>
#include <utility>

#include "network/real_loop.hpp"

namespace splitbench {
namespace {

constexpr std::size_t kTimes = 7;  // chunks for the median of a speed

/// Does some work where another core has its outcome in a cache, as in a run.
template <class Work>
void on_another_thread(Work work) {
  std::async(std::launch::async, work).get();
}

CodebookKeeper::Spec always_encoding(CodebookKeeper::Spec spec) {
  spec.policy = DriftPolicy::none;
  return spec;
}

Job job_of(Arm arm, std::uint64_t tokens) {
  return {.id = 0, .arm = arm, .requests = {{0, tokens, 1}}};
}

Job job_of(Arm arm, const JobPace& pace) {
  Job job{.id = 0, .arm = arm};
  for (const std::uint64_t tokens : pace.tokens) job.requests.push_back({0, tokens, 1});
  return job;
}

}  // namespace

/// A job whose chunks are packed, or unpacked, at the moments at which a run did.
class CodecProbe::Replay {
 public:
  Replay(CodecProbe& probe, Arm arm, const JobPace& pace)
      : probe_(probe),
        begins_(pace.begins),
        job_(job_of(arm, pace)),
        chunks_(probe.pipeline_.chunks(job_)) {
    chunks_.resize(std::min(chunks_.size(), begins_.size()));
  }

  /// Writes what the first chunks are made of.
  void prepare() {
    on_another_thread([this] {
      probe_.backend_.fill(job_, 0, 0, chunks_.back().pieces.back().tensor + 1);
      while (may_write_payload()) write_payload();
    });
  }

  /// Does the work of all chunks; `begin` is the moment that the pace counts from.
  void run(Time begin) {
    while (begun_ < chunks_.size()) {
      const Time due = begin + begins_[begun_];
      const bool early = RealLoop::clock_now() < due;
      const bool has_input = probe_.prefill_ || begun_ < written_;
      if (under_way() == probe_.pipeline_.at_once() || (under_way() > 0 && (early || !has_input))) {
        end_first();
      } else if (!has_input || (early && may_write_payload())) {
        on_another_thread([this] { write_payload(); });
      } else {
        if (probe_.prefill_ && early) on_another_thread([this] { fill_next(); });
        std::this_thread::sleep_until(std::chrono::steady_clock::time_point(due));
        this->begin();
      }
    }
    while (under_way() > 0) end_first();
  }

  const std::vector<ChunkCost>& costs() const { return costs_; }

 private:
  std::size_t under_way() const { return begun_ - ended_; }

  /// Writes the KV of the next chunk, as a prefill worker does just before. A chunk from the middle
  /// of a tensor was written with the chunk before it.
  void fill_next() {
    const Pieces& pieces = chunks_[begun_].pieces;
    if (pieces.front().first > 0) return;
    probe_.backend_.fill(job_, 0, pieces.front().tensor,
                         pieces.back().tensor + 1 - pieces.front().tensor);
  }

  /// Payloads land in the slots in turn, as long before they are taken up as there are slots.
  std::span<std::byte> slot_of(std::size_t chunk) const {
    return probe_.slots_(static_cast<std::uint32_t>(chunk % probe_.count_));
  }
  bool may_write_payload() const {
    return !probe_.prefill_ && written_ < std::min(chunks_.size(), ended_ + probe_.count_);
  }
  void write_payload() {
    lengths_.push_back(probe_.pack(job_, chunks_[written_], slot_of(written_)).payload_bytes);
    ++written_;
  }

  void begin() {
    const Chunk& chunk = chunks_[begun_];
    const std::span<std::byte> slot = slot_of(begun_);
    if (probe_.prefill_)
      probe_.backend_.begin_pack(job_, 0, chunk, probe_.keeper_.plan(job_, chunk), {.slot = slot});
    else
      probe_.backend_.begin_unpack(job_, 0, chunk, slot.first(lengths_[begun_]));
    ++begun_;
  }

  void end_first() {
    const std::uint64_t bytes = probe_.pipeline_.bytes_of(chunks_[ended_++].elements);
    const StageSpans spans =
        probe_.prefill_ ? probe_.backend_.end_pack().spans : probe_.backend_.end_unpack();
    for (const Span& span : spans)
      if (span.stage == Stage::encode || span.stage == Stage::decode_codec)
        costs_.push_back({static_cast<double>((span.end - span.begin).count()), bytes});
  }

  CodecProbe& probe_;
  const std::vector<std::chrono::nanoseconds>& begins_;
  const Job job_;
  std::vector<Chunk> chunks_;
  std::vector<std::uint64_t> lengths_;               // of the payloads that were written
  std::size_t written_ = 0, begun_ = 0, ended_ = 0;  // numbers of chunks
  std::vector<ChunkCost> costs_;
};

/// The time of a chunk of one size.
struct CodecProbe::ChunkTime {
  double bytes = 0;  ///< raw bytes
  double seconds = 0;
};

CodecProbe::CodecProbe(bool prefill, Backend& backend, CodebookKeeper::Spec codebooks,
                       const Pipeline& pipeline, SlotMemory slots, std::uint32_t count)
    : prefill_(prefill),
      backend_(backend),
      keeper_(always_encoding(std::move(codebooks))),
      pipeline_(pipeline),
      slots_(std::move(slots)),
      count_(count) {
  assert(count > 0);
}

Packed CodecProbe::pack(const Job& job, const Chunk& chunk, std::span<std::byte> slot) {
  return backend_.pack(job, 0, chunk, keeper_.plan(job, chunk), {.slot = slot});
}

MedianCost CodecProbe::cost(Arm arm, std::span<const JobPace> paces) {
  constexpr double kEnough = 0.015;  // standard error
  constexpr int kMostTimes = 2;
  std::vector<ChunkCost> costs;
  MedianCost median;
  for (int times = 0; times < kMostTimes && (times == 0 || median.error > kEnough); ++times) {
    Time begin = RealLoop::clock_now();
    for (const JobPace& pace : paces) {
      if (pace.begins.empty()) continue;
      Replay replay(*this, arm, pace);
      const Time preparing = RealLoop::clock_now();
      replay.prepare();
      begin += RealLoop::clock_now() - preparing;  // the pace stands still meanwhile
      replay.run(begin);
      std::ranges::copy(replay.costs(), std::back_inserter(costs));
    }
    median = median_cost(costs);
  }
  return median;
}

StageSpeed CodecProbe::speed(Arm arm, std::uint64_t tokens) {
  const ChunkTime small = time(arm, std::max<std::uint64_t>(tokens / 8, 1));
  return through(small, time(arm, tokens));
}

WorkerSpeeds CodecProbe::speeds(std::uint64_t tokens) {
  WorkerSpeeds found{.copy = speed(Arm::raw, tokens), .codecs = {}};
  for (const Codec& codec : kOwnCodecs)
    found.codecs[std::string(codec.name)] = speed(Arm(codec), tokens);
  return found;
}

/// Returns the median time of a job's first chunk.
CodecProbe::ChunkTime CodecProbe::time(Arm arm, std::uint64_t tokens) {
  const Job job = job_of(arm, tokens);
  const std::vector<Chunk> chunks = pipeline_.chunks(tokens);
  const Chunk& chunk = chunks.front();
  backend_.fill(job, 0, 0, chunk.pieces.back().tensor + 1);
  std::array<double, kTimes> seconds{};
  for (double& sample : seconds) sample = seconds_of(job, chunk);
  std::ranges::nth_element(seconds, seconds.begin() + kTimes / 2);
  return {static_cast<double>(pipeline_.bytes_of(chunk.elements)), seconds[kTimes / 2]};
}

/// Returns the time from the call until the host knows that the pack, or the unpack, is done.
double CodecProbe::seconds_of(const Job& job, const Chunk& chunk) {
  const std::span<std::byte> slot = slots_(0);
  Time begin = RealLoop::clock_now();
  const Packed packed = pack(job, chunk, slot);
  if (!prefill_) {
    begin = RealLoop::clock_now();
    backend_.unpack(job, 0, chunk, slot.first(packed.payload_bytes));
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
