#include <algorithm>
#include <chrono>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <memory>
#include <span>

#include "codec/codec.hpp"
#include "sim/bench/codec/codec_bench_setup.hpp"

namespace splitbench {
namespace {

std::vector<std::byte> bytes_of(std::span<const BenchTensor> tensors) {
  std::vector<std::byte> all(tensors.back().begin + tensors.back().bytes);
  for (const BenchTensor& tensor : tensors) {
    tensor.for_each_part([&](std::uint64_t at, std::span<const std::byte> part) {
      std::ranges::copy(part, all.begin() + static_cast<std::ptrdiff_t>(at));
    });
  }
  return all;
}

/// The reference codec, tensor after tensor.
class CpuFrameCoder final : public BenchCoder {
 public:
  CpuFrameCoder(FrameKind kind, ElementType type, unsigned threads,
                std::span<const BenchTensor> tensors, const BenchMemory& memory)
      : kind_(kind), threads_(threads), tensors_(tensors), memory_(memory) {
    for (const BenchTensor& tensor : tensors)
      frames_.emplace_back(max_frame_bytes(type, tensor.bytes / element_bytes(type)));
    frame_bytes_.resize(tensors.size());
  }

  void encode() override {
    for (std::size_t i = 0; i < tensors_.size(); ++i) {
      const std::span<const std::byte> raw(memory_.input + tensors_[i].begin, tensors_[i].bytes);
      frame_bytes_[i] = splitbench::encode(raw, tensors_[i].piece->codebook_for(kind_), kind_,
                                           frames_[i], threads_)
                            .frame_bytes;
    }
  }

  std::uint64_t finish_encode() override {
    std::uint64_t sum = 0;
    for (const std::uint64_t bytes : frame_bytes_) sum += bytes;
    return sum;
  }

  void decode() override {
    for (std::size_t i = 0; i < tensors_.size(); ++i) {
      const std::span<std::byte> back(memory_.output + tensors_[i].begin, tensors_[i].bytes);
      splitbench::decode(std::span(frames_[i]).first(frame_bytes_[i]), back, threads_);
    }
  }

  void finish_decode() override {}

 private:
  const FrameKind kind_;
  const unsigned threads_;
  const std::span<const BenchTensor> tensors_;
  const BenchMemory memory_;
  std::vector<std::vector<std::byte>> frames_;
  std::vector<std::uint64_t> frame_bytes_;
};

/// The setup on the CPU. One set is enough: its buffers are as large as the case, and the CPU's
/// caches are small.
class CpuSetup final : public BenchSetup {
 public:
  CpuSetup(ElementType type, const BenchCase& bench, std::span<const BenchTensor> tensors)
      : repeats_(bench.repeats), input_(bytes_of(tensors)), output_(input_.size()) {
    set_.memory = {.input = input_.data(), .output = output_.data()};
    if (const Baseline* const baseline = bench.codec.baseline()) {
      set_.coder = make_baseline_coder(*baseline, type, bench, tensors, set_.memory, nullptr);
    } else {
      set_.coder = std::make_unique<CpuFrameCoder>(std::get<FrameKind>(bench.codec.output), type,
                                                   bench.threads, tensors, set_.memory);
    }
  }

  std::span<BenchSet> sets() override { return {&set_, 1}; }

  BenchTime time(const std::function<void(std::size_t)>& work) override {
    return time_on_host(repeats_, [&] { work(0); });
  }

  void copy(std::byte* to, const std::byte* from) override { std::memcpy(to, from, input_.size()); }

  void clear_output(const BenchMemory&) override { std::ranges::fill(output_, std::byte{0}); }

  bool gave_back(const BenchMemory&) override { return output_ == input_; }

 private:
  const int repeats_;
  std::vector<std::byte> input_, output_;
  BenchSet set_{};
};

}  // namespace

BenchTime time_on_host(int repeats, const std::function<void()>& work) {
  constexpr int kWarmUp = 2;
  std::vector<double> seconds;
  for (int i = 0; i < kWarmUp + repeats; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    if (i >= kWarmUp) seconds.push_back(taken.count());
  }
  return bench_time(seconds);
}

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "cpu";
}

BenchRow bench_on_cpu(const BenchElements& elements, const BenchCase& bench) {
  const std::vector<BenchTensor> tensors = lay_out(elements, bench);
  const BenchRow row = bench_row(
      {.backend = "cpu", .name = fmt::format("{}, {} threads", processor(), bench.threads)},
      elements, bench, tensors);
  CpuSetup setup(elements.type, row.bench, tensors);
  return measure(setup, row);
}

}  // namespace splitbench
