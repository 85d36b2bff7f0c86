#include <algorithm>

#include "codec/digest.hpp"
#include "sim/bench/codec/codec_bench_cuda.hpp"

namespace splitbench {

std::size_t buffers_needed(std::uint64_t bytes) {
  return std::clamp<std::uint64_t>((256u << 20) / bytes, 1, 32);
}

BenchBuffers make_buffers(std::span<const BenchTensor> tensors, const Stream& stream) {
  const std::uint64_t bytes = tensors.back().begin + tensors.back().bytes;
  BenchBuffers buffers{.input = DeviceBuffer(bytes), .output = DeviceBuffer(bytes)};
  for (const BenchTensor& tensor : tensors) {
    tensor.for_each_part([&](std::uint64_t at, std::span<const std::byte> part) {
      copy_async(buffers.input.data() + at, part.data(), part.size(), stream.get());
    });
  }
  synchronize(stream.get());
  return buffers;
}

BenchRow row_on_cuda(const BenchElements& elements, const BenchCase& bench,
                     std::span<const BenchTensor> tensors) {
  return bench_row({.backend = "cuda", .name = cuda_device_name()}, elements, bench, tensors);
}

std::uint64_t digest_of(const BenchTensor& tensor) {
  std::uint64_t sum = 0;
  tensor.for_each_part([&](std::uint64_t at, std::span<const std::byte> part) {
    sum += digest(part, (at - tensor.begin) / sizeof(std::uint64_t));
  });
  return sum;
}

BenchTime time_on_device(int repeats, std::chrono::nanoseconds to_launch, const Stream& stream,
                         const std::function<void(std::size_t)>& work) {
  constexpr int kWarmUp = 5;
  Event begin, end;
  std::vector<double> seconds;
  for (int i = 0; i < kWarmUp + repeats; ++i) {
    // What is timed has all been launched when it begins.
    delay(to_launch, stream.get());
    begin.record(stream.get());
    work(static_cast<std::size_t>(i));
    end.record(stream.get());
    const double taken = end.since(begin).count();
    if (i >= kWarmUp) seconds.push_back(taken);
  }
  return bench_time(seconds);
}

}  // namespace splitbench
