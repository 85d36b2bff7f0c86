#include <algorithm>
#include <fmt/format.h>
#include <stdexcept>
#include <utility>

#include "sim/bench/codec/codec_bench_setup.hpp"
#include "workloads/statistics.hpp"

namespace splitbench {

BenchTime bench_time(std::vector<double> seconds) {
  std::ranges::sort(seconds);
  const double median = quantile(seconds, 0.5);
  return {.seconds = median, .noise = interquartile_range(seconds) / median};
}

BenchRow measure(BenchSetup& setup, BenchRow row) {
  const std::span<BenchSet> sets = setup.sets();
  const auto time = [&](const auto& work) {
    return setup.time([&](std::size_t repeat) { work(sets[repeat % sets.size()]); });
  };
  // The plain copy writes to the output's memory, if that is contiguous.
  const bool has_destination = sets.front().coder->destination() != nullptr;
  row.copy_out = time([&](const BenchSet& set) {
    setup.copy(has_destination ? set.coder->destination() : set.memory.output, set.memory.input);
  });
  row.copy_in = !has_destination ? row.copy_out : time([&](const BenchSet& set) {
    setup.copy(set.memory.output, set.coder->destination());
  });
  row.encode = time([](const BenchSet& set) { set.coder->encode(); });
  for (const BenchSet& set : sets) {
    set.coder->encode();
    row.frame_bytes = set.coder->finish_encode();
  }
  row.decode = time([](const BenchSet& set) { set.coder->decode(); });
  for (const BenchSet& set : sets) {
    setup.clear_output(set.memory);
    set.coder->decode();
    set.coder->finish_decode();
    if (!setup.gave_back(set.memory)) {
      throw std::logic_error(fmt::format("codec bench: {} on {} gave back other elements",
                                         row.bench.codec.name, row.device));
    }
  }
  return row;
}

namespace {

class BaselineCoder final : public BenchCoder {
 public:
  explicit BaselineCoder(std::unique_ptr<BaselineBatch> batch) : batch_(std::move(batch)) {}

  void encode() override { batch_->compress(); }
  std::uint64_t finish_encode() override {
    batch_->finish();
    return batch_->compressed_bytes();
  }
  void decode() override { batch_->decompress(); }
  void finish_decode() override { batch_->finish(); }

 private:
  std::unique_ptr<BaselineBatch> batch_;
};

}  // namespace

std::unique_ptr<BenchCoder> make_baseline_coder(const Baseline& baseline, ElementType type,
                                                const BenchCase& bench,
                                                std::span<const BenchTensor> tensors,
                                                const BenchMemory& memory, void* stream) {
  std::vector<BaselineTensor> tasks;
  tasks.reserve(tensors.size());
  for (const BenchTensor& tensor : tensors) {
    tasks.push_back({.raw = {memory.input + tensor.begin, tensor.bytes},
                     .back = {memory.output + tensor.begin, tensor.bytes}});
  }
  return std::make_unique<BaselineCoder>(baseline.batch(tasks, {.type = type,
                                                                .chunk_bytes = bench.chunk_bytes,
                                                                .threads = bench.threads,
                                                                .stream = stream}));
}

}  // namespace splitbench
