#include <algorithm>
#include <array>
#include <chrono>
#include <fmt/format.h>
#include <fstream>
#include <functional>

#include "codec/cuda/cuda_codec.hpp"
#include "codec/cuda/device.hpp"
#include "configs/reader/quantity.hpp"
#include "configs/scenario_file.hpp"
#include "sim/bench/calibrate/calibrate.hpp"
#include "workers/device/cuda/compute_load.hpp"

namespace splitbench {
namespace {

constexpr int kDeviceRepeats = 20;
constexpr std::uint64_t kDeviceMemory = std::uint64_t{512} << 20;  // more than caches hold

/// Returns the driver's own number, or the CUDA version that it supports.
std::string driver() {
  std::ifstream file("/sys/module/nvidia/version");
  if (std::string version; std::getline(file, version)) return version;
  return fmt::format("for CUDA {}.{}", cuda_driver_version() / 1000,
                     cuda_driver_version() % 1000 / 10);
}

/// Times work on the device's clock; the work has been launched when its time begins.
BenchTime time_on_device(const std::function<void(void*)>& work) {
  constexpr int kWarmUp = 5;
  const Stream stream;
  Event begin, end;
  std::vector<double> seconds;
  for (int i = 0; i < kWarmUp + kDeviceRepeats; ++i) {
    delay(std::chrono::microseconds(200), stream.get());
    begin.record(stream.get());
    work(stream.get());
    end.record(stream.get());
    const double taken = end.since(begin).count();
    if (i >= kWarmUp) seconds.push_back(taken);
  }
  return bench_time(seconds);
}

void calibrate_compute(Calibration& calibration) {
  constexpr const char* kModel = "llama-3.1-8b";
  constexpr std::uint32_t kLayers = 4;
  constexpr std::array<std::uint64_t, 2> kPrompts = {4096, 4096};
  constexpr std::uint64_t kWeightBytes = 16'000'000'000;
  HardwareProfile& hardware = calibration.hardware;
  ComputeLoad load(
      {.model = load_model(kModel), .scale = 1, .max_tokens = kPrompts[0] + kPrompts[1]});
  const BenchTime prefill =
      time_on_device([&](void* stream) { load.prefill(kPrompts, kLayers, stream); });
  hardware.flops = rounded(load.flops(kPrompts, kLayers) / prefill.seconds);
  calibration.figures.push_back(
      {fmt::format("prefill of {}, bf16", kModel), format_flops(hardware.flops), prefill.noise});
  const BenchTime step =
      time_on_device([&](void* stream) { load.decode_step({}, kWeightBytes, stream); });
  hardware.memory_bandwidth =
      add_rate(calibration, "decode step's read of memory", kWeightBytes, step);
}

/// Times copies as workers make them: the host waits for the end, and its clock counts.
Speed time_copies(Calibration& calibration, const char* what, std::byte* to,
                  const std::byte* from) {
  const Stream stream;
  std::vector<SizedTime> times;
  double spread = 0;
  for (const std::uint64_t bytes : {64u << 10, 1u << 20, 8u << 20, 64u << 20}) {
    const BenchTime time = time_on_host(kDeviceRepeats, [&] {
      copy_async(to, from, bytes, stream.get());
      synchronize(stream.get());
    });
    times.push_back({static_cast<double>(bytes), time.seconds});
    spread = std::max(spread, time.noise);
  }
  const Speed speed = fit_speed(times);
  add_speed(calibration, what, speed.rate, speed.call, std::max(spread, speed.deviation));
  return speed;
}

void calibrate_copy(Calibration& calibration) {
  const DeviceBuffer device(64 << 20);
  const PinnedBuffer pinned(64 << 20);
  const Speed out =
      time_copies(calibration, "copy, device to pinned memory", pinned.data(), device.data());
  const Speed in =
      time_copies(calibration, "copy, pinned memory to device", device.data(), pinned.data());
  calibration.hardware.copy = rounded(std::min(out.rate, in.rate));
  calibration.hardware.copy_call = rounded(std::max(out.call, in.call));
}

/// Measures copies to the next device and from it, if there is one that can be reached.
void calibrate_device_to_device(Calibration& calibration) {
  if (cuda_device_count() < 2 || !reach_device(1)) return;
  const DeviceBuffer here(kDeviceMemory);
  use_device(1);
  const DeviceBuffer there(kDeviceMemory);
  use_device(0);
  const auto rate = [&](const char* what, std::byte* to, const std::byte* from) {
    return add_rate(calibration, what, kDeviceMemory, time_on_device([&](void* stream) {
                      copy_async(to, from, kDeviceMemory, stream);
                    }));
  };
  calibration.hardware.device_to_device =
      std::min(rate("copy to a peer device", there.data(), here.data()),
               rate("copy from a peer device", here.data(), there.data()));
}

void calibrate_digest(Calibration& calibration) {
  const DeviceBuffer memory(kDeviceMemory);
  const PinnedBuffer result(sizeof(std::uint64_t));
  CudaCodec codec({.tasks = 1, .elements = kDeviceMemory / 2});
  const BenchTime time = time_on_device([&](void* stream) {
    codec.digest({memory.data(), memory.size()}, 0, result.as<std::uint64_t>(), stream);
  });
  calibration.hardware.digest = add_rate(calibration, "digest", kDeviceMemory, time);
}

BenchCase shared_on_device(int repeats) {
  return {.destination = BenchDestination::device,
          .bytes = 0,
          .tensors = 0,
          .repeats = repeats,
          .max_blocks = 0,
          .threads = 1};
}

}  // namespace

void calibrate_cuda(Calibration& calibration) {
  calibration.device = fmt::format("{}, driver {}", cuda_device_name(), driver());
  calibrate_compute(calibration);
  calibrate_copy(calibration);
  calibrate_device_to_device(calibration);
  calibrate_digest(calibration);
  constexpr CodecSize kSizes[] = {{1 << 20}, {8 << 20}, {64 << 20}, {512 << 20}};
  constexpr std::uint32_t kTensors[] = {1, 16, 128, 1024};
  calibrate_codecs(calibration, bench_on_cuda, {shared_on_device(kDeviceRepeats), kSizes, kTensors},
                   foreign_cases_of_cuda());
}

CodecCases foreign_cases_of_cuda() {
  constexpr int kForeignRepeats = 5;
  static constexpr CodecSize kSizes[] = {{8 << 20}, {64 << 20}, {256 << 20}};
  return {shared_on_device(kForeignRepeats), kSizes};
}

}  // namespace splitbench
