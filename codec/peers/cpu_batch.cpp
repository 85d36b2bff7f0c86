#include "codec/peers/cpu_batch.hpp"

#include <algorithm>
#include <stdexcept>

#include "codec/peers/planes.hpp"
#include "codec/tile_ranges.hpp"

namespace splitbench {
namespace {

struct Chunk {
  PeerTensor tensor;          ///< its part of one
  std::span<std::byte> rest;  ///< its signs and mantissas, with planes
  std::span<std::byte> room;  ///< for what the coder makes
  std::uint64_t compressed =
      0;  ///< bytes of it; as many as the coder saw if they are kept as they are
};

class CpuBatch final : public PeerBatch {
 public:
  CpuBatch(std::span<const PeerTensor> tensors, const PeerOptions& options, bool planes,
           const MakeCoder& make)
      : planes_(planes) {
    if (planes && options.type != ElementType::bf16)
      throw std::invalid_argument("planes are of bf16 elements");
    if (options.chunk_bytes == 0) throw std::invalid_argument("a chunk has at least a byte");
    const std::uint64_t step = planes ? 2 * options.chunk_bytes : options.chunk_bytes;
    for (const PeerTensor& tensor : tensors) cut(tensor, step);
    const std::size_t threads =
        std::clamp<std::size_t>(options.threads, 1, std::max<std::size_t>(chunks_.size(), 1));
    for (std::size_t i = 0; i < threads; ++i)
      workers_.push_back({make(), std::vector<std::byte>(planes ? options.chunk_bytes : 0)});
    allocate();
  }

  void compress() override {
    for_each_chunk([this](Worker& worker, Chunk& chunk) { compress(worker, chunk); });
  }

  void decompress() override {
    for_each_chunk([this](Worker& worker, Chunk& chunk) { decompress(worker, chunk); });
  }

  void finish() override {}

  std::uint64_t compressed_bytes() const override {
    std::uint64_t sum = 0;
    for (const Chunk& chunk : chunks_)
      sum += kChunkLengthBytes + chunk.compressed + chunk.rest.size();
    return sum;
  }

 private:
  struct Worker {
    std::unique_ptr<ChunkCoder> coder;
    std::vector<std::byte> exponents;
  };

  void cut(const PeerTensor& tensor, std::uint64_t step) {
    for (std::uint64_t at = 0; at < tensor.raw.size(); at += step) {
      const std::uint64_t size = std::min<std::uint64_t>(step, tensor.raw.size() - at);
      chunks_.push_back({.tensor = {tensor.raw.subspan(at, size), tensor.back.subspan(at, size)},
                         .rest = {},
                         .room = {}});
    }
  }

  std::uint64_t coder_bytes(const Chunk& chunk) const {
    return planes_ ? chunk.tensor.raw.size() / 2 : chunk.tensor.raw.size();
  }

  void allocate() {
    const auto each = [this](const Chunk& chunk) {
      return workers_[0].coder->bound(coder_bytes(chunk)) + (planes_ ? coder_bytes(chunk) : 0);
    };
    std::uint64_t bytes = 0;
    for (const Chunk& chunk : chunks_) bytes += each(chunk);
    memory_.resize(bytes);
    std::span<std::byte> left(memory_);
    for (Chunk& chunk : chunks_) {
      const std::span<std::byte> mine = left.first(each(chunk));
      chunk.rest = mine.first(planes_ ? coder_bytes(chunk) : 0);
      chunk.room = mine.subspan(chunk.rest.size());
      left = left.subspan(mine.size());
    }
  }

  template <typename Work>
  void for_each_chunk(const Work& work) {
    for_each_range(chunks_.size(), static_cast<unsigned>(workers_.size()),
                   [&](unsigned number, TileRange range) {
                     for (std::uint64_t i = range.begin; i < range.end; ++i)
                       work(workers_[number], chunks_[i]);
                   });
  }

  void compress(Worker& worker, Chunk& chunk) const {
    std::span<const std::byte> seen = chunk.tensor.raw;
    if (planes_) {
      const std::span exponents = std::span(worker.exponents).first(coder_bytes(chunk));
      split_planes(chunk.tensor.raw, exponents, chunk.rest);
      seen = exponents;
    }
    chunk.compressed = worker.coder->compress(seen, chunk.room);
    if (chunk.compressed < seen.size()) return;
    std::ranges::copy(seen, chunk.room.begin());
    chunk.compressed = seen.size();
  }

  void decompress(Worker& worker, const Chunk& chunk) const {
    const std::span<const std::byte> compressed = chunk.room.first(chunk.compressed);
    const bool kept = chunk.compressed == coder_bytes(chunk);
    if (!planes_) {
      bring_back(worker, compressed, kept, chunk.tensor.back);
    } else if (kept) {
      join_planes(compressed, chunk.rest, chunk.tensor.back);
    } else {
      const std::span exponents = std::span(worker.exponents).first(coder_bytes(chunk));
      worker.coder->decompress(compressed, exponents);
      join_planes(exponents, chunk.rest, chunk.tensor.back);
    }
  }

  static void bring_back(Worker& worker, std::span<const std::byte> compressed, bool kept,
                         std::span<std::byte> raw) {
    if (kept) {
      std::ranges::copy(compressed, raw.begin());
    } else {
      worker.coder->decompress(compressed, raw);
    }
  }

  bool planes_;
  std::vector<Chunk> chunks_;
  std::vector<Worker> workers_;
  std::vector<std::byte> memory_;
};

}  // namespace

std::unique_ptr<PeerBatch> make_cpu_batch(std::span<const PeerTensor> tensors,
                                          const PeerOptions& options, bool planes,
                                          const MakeCoder& make) {
  return std::make_unique<CpuBatch>(tensors, options, planes, make);
}

}  // namespace splitbench
