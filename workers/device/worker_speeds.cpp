#include "workers/device/worker_speeds.hpp"

#include <algorithm>
#include <array>

#include "network/event_loop.hpp"
#include "workers/device/probe_job.hpp"

namespace splitbench {
namespace {

constexpr std::size_t kSamples = 7;

/// Times of a chunk of one size.
struct ChunkTime {
  double bytes = 0;  ///< raw
  double seconds = 0;
};

class SpeedProbe {
 public:
  SpeedProbe(bool prefill, Backend& backend, const CodebookKeeper::Spec& codebooks,
             const WorkerSetup& setup, std::span<std::byte> slot)
      : prefill_(prefill), backend_(backend), keeper_(codebooks), setup_(setup), slot_(slot) {}

  StageSpeed speed(Arm arm, std::uint64_t tokens) {
    return through(time(probe_job(setup_, arm, std::max<std::uint64_t>(tokens / 8, 1))),
                   time(probe_job(setup_, arm, tokens)));
  }

 private:
  /// The median of a job's first chunk.
  ChunkTime time(const Job& job) {
    const Chunk chunk = setup_.pipeline.chunks(job.kv_tokens()).front();
    backend_.fill(job, 0, 0, chunk.pieces.back().tensor + 1);
    std::array<double, kSamples> seconds{};
    for (double& sample : seconds) sample = seconds_of(job, chunk);
    std::ranges::nth_element(seconds, seconds.begin() + kSamples / 2);
    return {static_cast<double>(setup_.pipeline.bytes_of(chunk.elements)), seconds[kSamples / 2]};
  }

  /// By the host's clock, from the order to the moment at which the host knows that it is done.
  double seconds_of(const Job& job, const Chunk& chunk) {
    const std::vector<Coding> codings = keeper_.plan(job, chunk);
    Time begin = RealLoop::clock_now();
    const Packed packed = backend_.pack(job, 0, chunk, codings, {.slot = slot_});
    if (!prefill_) {
      begin = RealLoop::clock_now();
      backend_.unpack(job, 0, chunk, slot_.first(packed.payload_bytes));
    }
    return seconds(RealLoop::clock_now() - begin);
  }

  /// Of both sizes; without the cost of a call where the larger one took no longer.
  static StageSpeed through(const ChunkTime& small, const ChunkTime& large) {
    if (large.seconds <= 0) return {};
    const double bytes = large.bytes - small.bytes, more = large.seconds - small.seconds;
    const double rate = bytes > 0 && more > 0 ? bytes / more : large.bytes / large.seconds;
    return {.rate = rate, .call = std::max(0.0, large.seconds - large.bytes / rate)};
  }

  const bool prefill_;
  Backend& backend_;
  CodebookKeeper keeper_;
  const WorkerSetup& setup_;
  std::span<std::byte> slot_;
};

/// The one that takes longest for a megabyte; none where there are none.
StageSpeed slowest(std::span<const WorkerSpeeds> workers, StageSpeed WorkerSpeeds::*stage) {
  const auto time = [&](const WorkerSpeeds& worker) {
    const StageSpeed& speed = worker.*stage;
    return speed.rate > 0 ? speed.call + 1e6 / speed.rate : 0;
  };
  const auto found = std::ranges::max_element(workers, {}, time);
  return found == workers.end() ? StageSpeed{} : (*found).*stage;
}

/// A call costs the same either way.
CodecRates rates(const StageSpeed& encode, const StageSpeed& decode) {
  return {.encode = encode.rate, .decode = decode.rate, .call = (encode.call + decode.call) / 2};
}

}  // namespace

WorkerSpeeds measure_speeds(bool prefill, Backend& backend, const CodebookKeeper::Spec& codebooks,
                            const WorkerSetup& setup, std::uint64_t tokens,
                            std::span<std::byte> slot) {
  SpeedProbe probe(prefill, backend, codebooks, setup, slot);
  return {.copy = probe.speed(Arm::raw, tokens),
          .splitzip = probe.speed(Arm::splitzip, tokens),
          .ranked = probe.speed(Arm::ranked, tokens)};
}

HardwareProfile as_measured(HardwareProfile hardware, std::span<const WorkerSpeeds> prefill,
                            std::span<const WorkerSpeeds> decode) {
  const auto codec = [&](StageSpeed WorkerSpeeds::*kind, const std::string& name) {
    const CodecRates found = rates(slowest(prefill, kind), slowest(decode, kind));
    if (found.encode == 0 || found.decode == 0) return;
    // Whatever type the elements were of: a run has those of one type.
    std::erase_if(hardware.rates, [&](const auto& entry) { return entry.first.codec == name; });
    hardware.rates[{name, ElementType::bf16}] = found;
  };
  codec(&WorkerSpeeds::splitzip, "splitzip");
  codec(&WorkerSpeeds::ranked, "ranked");
  const StageSpeed out = slowest(prefill, &WorkerSpeeds::copy);
  if (out.rate == 0) return hardware;
  hardware.peer = out.rate;
  const StageSpeed in = slowest(decode, &WorkerSpeeds::copy);
  hardware.copy = in.rate > 0 ? std::min(in.rate, out.rate) : out.rate;
  hardware.copy_call = std::max(in.call, out.call);
  return hardware;
}

}  // namespace splitbench
