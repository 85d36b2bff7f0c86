#include <cstring>
#include <fmt/format.h>
#include <iterator>
#include <numeric>

#include "codec/digest.hpp"
#include "configs/reader/quantity.hpp"
#include "sim/bench/calibrate/calibrate.hpp"

namespace splitbench {
namespace {

constexpr int kRepeats = 7;
constexpr std::uint64_t kMemory = std::uint64_t{128} << 20;  // more than caches hold

/// Computes float products and sums in many chains at once, as this program's compiler makes them,
/// and returns their number.
double multiply_add(std::uint64_t rounds) {
  constexpr int kChains = 48;
  float x[kChains];  // each begins at another value, or a compiler may merge them
  std::iota(std::begin(x), std::end(x), 0.0f);
  for (std::uint64_t round = 0; round < rounds; ++round)
    for (float& chain : x) chain = chain * 0.75f + 0.25f;
  volatile float kept = 0;
  for (const float chain : x) kept = kept + chain;
  return 2.0 * kChains * static_cast<double>(rounds);
}

void calibrate_flops(Calibration& calibration) {
  constexpr std::uint64_t kRounds = 4'000'000;
  const double flops = multiply_add(1) * kRounds;
  const BenchTime time = time_on_host(kRepeats, [] { multiply_add(kRounds); });
  calibration.hardware.flops = rounded(flops / time.seconds);
  calibration.figures.push_back({"multiply and add, float, one thread",
                                 format_flops(calibration.hardware.flops), time.noise});
}

/// Measures what `work` does with the memory, in bytes per second.
template <typename Work>
double calibrate_rate(Calibration& calibration, std::string what, const Work& work) {
  return add_rate(calibration, std::move(what), kMemory, time_on_host(kRepeats, work));
}

std::uint64_t sum_of(const std::vector<std::uint64_t>& words) {
  std::uint64_t sum = 0;
  for (const std::uint64_t word : words) sum += word;
  return sum;
}

/// Measures copies of two sizes, each from and to all of the memory in turns, so that caches help
/// neither.
void calibrate_copy(Calibration& calibration, std::vector<std::uint64_t>& to,
                    const std::vector<std::uint64_t>& from) {
  std::vector<SizedTime> times;
  double noise = 0;
  for (const std::uint64_t bytes : {std::uint64_t{64} << 10, kMemory}) {
    const std::uint64_t words = bytes / sizeof(from[0]);
    const BenchTime all = time_on_host(kRepeats, [&] {
      for (std::uint64_t at = 0; at < from.size(); at += words)
        std::memcpy(to.data() + at, from.data() + at, bytes);
    });
    times.push_back({static_cast<double>(bytes),
                     all.seconds * static_cast<double>(bytes) / static_cast<double>(kMemory)});
    noise = std::max(noise, all.noise);
  }
  const Speed speed = fit_speed(times);
  HardwareProfile& hardware = calibration.hardware;
  hardware.copy = rounded(speed.rate);
  hardware.copy_call = rounded(speed.call);
  add_speed(calibration, "copy, one thread", speed.rate, speed.call,
            std::max(noise, speed.deviation));
}

BenchCase shared_on_host(int repeats) {
  return {.destination = BenchDestination::host,
          .bytes = 0,
          .tensors = 0,
          .repeats = repeats,
          .max_blocks = 0,
          .threads = 1};
}

}  // namespace

void calibrate_cpu(Calibration& calibration) {
  calibration.device = processor();
  calibrate_flops(calibration);
  std::vector<std::uint64_t> memory(kMemory / sizeof(std::uint64_t), 0x5a5a), other(memory);
  HardwareProfile& hardware = calibration.hardware;
  hardware.host_memory = true;
  volatile std::uint64_t kept = 0;
  hardware.memory_bandwidth =
      calibrate_rate(calibration, "memory read, one thread", [&] { kept = sum_of(memory); });
  calibrate_copy(calibration, other, memory);
  hardware.digest = calibrate_rate(calibration, "digest, one thread",
                                   [&] { kept = digest(std::as_bytes(std::span(memory))); });
  constexpr CodecSize kSizes[] = {{1 << 20, 64}, {8 << 20, 8}, {64 << 20, 1}};
  constexpr std::uint32_t kTensors[] = {1, 32};
  calibrate_codecs(calibration, bench_on_cpu, {shared_on_host(kRepeats), kSizes, kTensors},
                   foreign_cases_of_cpu());
}

CodecCases foreign_cases_of_cpu() {
  constexpr int kForeignRepeats = 3;
  static constexpr CodecSize kSizes[] = {{1 << 20, 8}, {8 << 20, 1}};
  return {shared_on_host(kForeignRepeats), kSizes};
}

}  // namespace splitbench
