#include "codec/baselines/cpu_batch.hpp"

#include <algorithm>
#include <cassert>
#include <stdexcept>
#include <utility>

#include "codec/baselines/payload_layout.hpp"
#include "codec/cpu/tile_ranges.hpp"

namespace splitbench {
namespace {

struct Chunk {
  BaselineTensor tensor;         ///< its part of one
  std::span<std::byte> rest;     ///< its signs and mantissas, with planes
  std::span<std::byte> room;     ///< for what the coder makes
  std::uint64_t compressed = 0;  ///< bytes of it
};

class CpuBatch final : public BaselineBatch {
 public:
  CpuBatch(std::span<const BaselineTensor> tensors, const BaselineOptions& options, bool planes,
           const MakeCoder& make) {
    if (planes && options.type != ElementType::bf16)
      throw std::invalid_argument("planes are of bf16 elements");
    std::vector<std::uint64_t> bytes;
    for (const BaselineTensor& tensor : tensors) bytes.push_back(tensor.raw.size());
    const PayloadLayout layout(bytes, planes, options.chunk_bytes);
    const std::size_t threads = std::clamp<std::size_t>(
        options.threads, 1, std::max<std::size_t>(layout.chunks().size(), 1));
    for (std::size_t i = 0; i < threads; ++i)
      coders_.emplace_back(make(), planes, options.chunk_bytes);
    cut(tensors, layout);
  }

  void compress() override {
    for_each_chunk([](ElementCoder& coder, Chunk& chunk) {
      chunk.compressed = coder.compress(chunk.tensor.raw, chunk.rest, chunk.room);
    });
  }

  void decompress() override {
    for_each_chunk([](ElementCoder& coder, const Chunk& chunk) {
      coder.decompress(chunk.room.first(chunk.compressed), chunk.rest, chunk.tensor.back);
    });
  }

  void finish() override {}

  std::uint64_t compressed_bytes() const override {
    std::uint64_t sum = 0;
    for (const Chunk& chunk : chunks_)
      sum += kChunkLengthBytes + chunk.compressed + chunk.rest.size();
    return sum;
  }

 private:
  void cut(std::span<const BaselineTensor> tensors, const PayloadLayout& layout) {
    const auto rest = [&](const PayloadLayout::Chunk& chunk) {
      return layout.planes() ? chunk.seen : 0;
    };
    std::uint64_t bytes = 0;
    for (const auto& chunk : layout.chunks()) bytes += rest(chunk) + coders_[0].bound(chunk.seen);
    memory_.resize(bytes);
    std::span<std::byte> left(memory_);
    const auto take = [&](std::uint64_t size) {
      const std::span<std::byte> taken = left.first(size);
      left = left.subspan(size);
      return taken;
    };
    for (const auto& chunk : layout.chunks()) {
      const BaselineTensor& tensor = tensors[chunk.piece];
      chunks_.push_back({.tensor = {layout.elements_of(chunk, tensor.raw),
                                    layout.elements_of(chunk, tensor.back)},
                         .rest = take(rest(chunk)),
                         .room = take(coders_[0].bound(chunk.seen))});
    }
  }

  template <typename Work>
  void for_each_chunk(const Work& work) {
    for_each_range(chunks_.size(), static_cast<unsigned>(coders_.size()),
                   [&](unsigned number, TileRange range) {
                     for (std::uint64_t i = range.begin; i < range.end; ++i)
                       work(coders_[number], chunks_[i]);
                   });
  }

  std::vector<Chunk> chunks_;
  std::vector<ElementCoder> coders_;
  std::vector<std::byte> memory_;
};

}  // namespace

Baseline make_cpu_baseline(std::string_view name, MakeCoder make) {
  const Codec& codec = *find_codec(name);
  assert(codec.on_cpu);
  const auto batch = [planes = codec.planes, make](
                         std::span<const BaselineTensor> tensors,
                         const BaselineOptions& options) -> std::unique_ptr<BaselineBatch> {
    return std::make_unique<CpuBatch>(tensors, options, planes, make);
  };
  return {codec, cpu_chunk_bytes(codec.planes), batch, std::move(make), nullptr, nullptr};
}

}  // namespace splitbench
