#include "codec/baselines/cpu_batch.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "codec/baselines/payload_layout.hpp"
#include "codec/cpu/tile_ranges.hpp"
#include "codec/errors.hpp"

namespace splitbench {

namespace {

struct Chunk {
  BaselineTensor tensor;         ///< the chunk's part of a tensor
  std::span<std::byte> rest;     ///< its signs and mantissas, with planes
  std::span<std::byte> room;     ///< room for what the coder makes
  std::uint64_t compressed = 0;  ///< bytes that the coder made
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

std::unique_ptr<BaselineBatch> make_cpu_batch(std::span<const BaselineTensor> tensors,
                                              const BaselineOptions& options, bool planes,
                                              const MakeCoder& make) {
  return std::make_unique<CpuBatch>(tensors, options, planes, make);
}

Baseline make_cpu_baseline(std::string_view name, MakeCoder make) {
  return make_cpu_baseline(*find_codec(name), std::move(make));
}

Baseline make_cpu_baseline(const Codec& codec, MakeCoder make) {
  assert(codec.on_cpu);
  const auto batch = [planes = codec.planes, make](std::span<const BaselineTensor> tensors,
                                                   const BaselineOptions& options) {
    return make_cpu_batch(tensors, options, planes, make);
  };
  return {codec, cpu_chunk_bytes(codec.planes), batch, std::move(make), nullptr, nullptr};
}

namespace {

void fill_up(std::span<std::byte> out, std::uint64_t end) {
  const auto padding = out.subspan(end, PayloadLayout::aligned(end) - end);
  std::ranges::fill(padding, std::byte{0});
}

}  // namespace

CpuPayloads::CpuPayloads(const Baseline& baseline)
    : planes_(baseline.planes),
      chunk_bytes_(baseline.chunk_bytes),
      coder_(baseline.coder(), planes_, chunk_bytes_),
      room_(coder_.bound(chunk_bytes_)) {}

std::uint64_t CpuPayloads::write(std::span<const std::span<const std::byte>> pieces,
                                 std::span<std::byte> out) {
  const PayloadLayout layout(pieces, planes_, chunk_bytes_);
  fill_up(out, layout.lengths_bytes());
  for (std::uint32_t piece = 0; planes_ && piece < pieces.size(); ++piece)
    fill_up(out, layout.rest_at() + layout.plane_at(piece) + pieces[piece].size() / 2);
  std::uint64_t at = layout.chunks_at();
  for (std::size_t i = 0; i < layout.chunks().size(); ++i) {
    const PayloadLayout::Chunk& chunk = layout.chunks()[i];
    const auto length = static_cast<std::uint32_t>(coder_.compress(
        layout.elements_of(chunk, pieces[chunk.piece]), layout.rest_of(chunk, out), room_));
    std::memcpy(out.data() + i * sizeof(length), &length, sizeof(length));
    std::ranges::copy(std::span(room_).first(length), out.subspan(at, length).begin());
    at += length;
    fill_up(out, at);
    at = PayloadLayout::aligned(at);
  }
  return at;
}

void CpuPayloads::read(std::span<const std::byte> payload,
                       std::span<const std::span<std::byte>> pieces) {
  const PayloadLayout layout(pieces, planes_, chunk_bytes_);
  const auto compressed = layout.compressed(payload);
  try {
    for (std::size_t i = 0; i < compressed.size(); ++i) {
      const PayloadLayout::Chunk& chunk = layout.chunks()[i];
      coder_.decompress(compressed[i], layout.rest_of(chunk, payload),
                        layout.elements_of(chunk, pieces[chunk.piece]));
    }
  } catch (const std::runtime_error& error) {  // thrown by the coder for a bad chunk
    throw BadFrame(error.what());
  }
}

}  // namespace splitbench
