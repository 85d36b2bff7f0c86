#include "workers/device/worker_speeds.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace splitbench {
namespace {

StageSpeed copy_of(const WorkerSpeeds& worker) {
  return worker.copy;
}

/// Returns the speed of the worker that takes longest for a megabyte, or a zero speed if there are
/// no workers.
template <class SpeedOf>
StageSpeed slowest(std::span<const WorkerSpeeds> workers, const SpeedOf& speed_of) {
  const auto time = [&](const WorkerSpeeds& worker) {
    const StageSpeed speed = speed_of(worker);
    return speed.rate > 0 ? speed.call + 1e6 / speed.rate : 0;
  };
  const auto found = std::ranges::max_element(workers, {}, time);
  return found == workers.end() ? StageSpeed{} : speed_of(*found);
}

std::set<std::string> codecs_of(std::span<const WorkerSpeeds> workers) {
  std::set<std::string> codecs;
  for (const WorkerSpeeds& worker : workers)
    for (const auto& [codec, speed] : worker.codecs) codecs.insert(codec);
  return codecs;
}

/// Returns the rates of a codec. A profile has one cost of a call for both ways, so it is the mean.
CodecRates rates(const StageSpeed& encode, const StageSpeed& decode) {
  return {.encode = encode.rate, .decode = decode.rate, .call = (encode.call + decode.call) / 2};
}

}  // namespace

HardwareProfile as_measured(HardwareProfile hardware, std::span<const WorkerSpeeds> prefill,
                            std::span<const WorkerSpeeds> decode) {
  for (const std::string& codec : codecs_of(prefill)) {
    const auto speed_of = [&](const WorkerSpeeds& worker) {
      const auto found = worker.codecs.find(codec);
      return found == worker.codecs.end() ? StageSpeed{} : found->second;
    };
    const CodecRates found = rates(slowest(prefill, speed_of), slowest(decode, speed_of));
    if (found.encode == 0 || found.decode == 0) continue;
    // All element types are replaced: a run has elements of one type only.
    std::erase_if(hardware.rates, [&](const auto& entry) { return entry.first.codec == codec; });
    hardware.rates[{codec, ElementType::bf16}] = found;
  }
  const StageSpeed out = slowest(prefill, copy_of);
  if (out.rate == 0) return hardware;
  hardware.device_to_device = out.rate;
  const StageSpeed in = slowest(decode, copy_of);
  hardware.copy = in.rate > 0 ? std::min(in.rate, out.rate) : out.rate;
  hardware.copy_call = std::max(in.call, out.call);
  return hardware;
}

}  // namespace splitbench
