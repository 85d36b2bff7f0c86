#include <utility>

#include "sim/bench/codec/codec_bench_setup.hpp"

namespace splitbench {
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
