#pragma once
#include <algorithm>
#include <cstring>
#include <cuda_runtime_api.h>
#include <nvcomp.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "codec/cuda/device.hpp"
#include "codec/peers/cuda/device_planes.hpp"
#include "codec/peers/peer.hpp"

namespace splitbench {

inline void check_nvcomp(nvcompStatus_t status, const std::string& attempted) {
  if (status == nvcompSuccess) return;
  throw std::runtime_error("nvCOMP: " + attempted + ": " + nvcompGetStatusString(status));
}

/// The functions of one of its codecs, and their options. They differ in nothing but these types.
template <typename CompressOptions, typename DecompressOptions>
struct NvcompCodec {
  nvcompStatus_t (*compress_memory)(size_t, size_t, CompressOptions, size_t*, size_t, cudaStream_t);
  nvcompStatus_t (*bound)(size_t, CompressOptions, size_t*);
  nvcompStatus_t (*compress)(const void* const*, const size_t*, size_t, size_t, void*, size_t,
                             void* const*, size_t*, CompressOptions, nvcompStatus_t*, cudaStream_t);
  nvcompStatus_t (*decompress_memory)(size_t, size_t, DecompressOptions, size_t*, size_t,
                                      cudaStream_t);
  nvcompStatus_t (*decompress)(const void* const*, const size_t*, const size_t*, size_t*, size_t,
                               void*, size_t, void* const*, DecompressOptions, nvcompStatus_t*,
                               cudaStream_t);
  CompressOptions compressing;
  DecompressOptions decompressing;
};

/// Values in device memory, one a chunk.
template <typename T>
class PerChunk {
 public:
  PerChunk(const std::vector<T>& values, void* stream) : PerChunk(values.size()) {
    copy_async(buffer_.data(), values.data(), values.size() * sizeof(T), stream);
    synchronize(stream);
  }
  explicit PerChunk(std::size_t count) : count_(count), buffer_(count * sizeof(T)) {}

  T* data() const { return buffer_.template as<T>(); }

  std::vector<T> on_host(void* stream) const {
    std::vector<T> values(count_);
    copy_async(values.data(), buffer_.data(), count_ * sizeof(T), stream);
    synchronize(stream);
    return values;
  }

 private:
  std::size_t count_;
  DeviceBuffer buffer_;
};

/// Where each chunk of a batch lies, before and after the coder and when it is back; and, with
/// planes, what is split and joined around it.
struct NvcompPlan {
  /// Tensors without gaps between them, whose planes take one launch.
  struct Run {
    PeerTensor tensors;
    std::uint64_t begin;  ///< of its planes, within those of all
  };

  NvcompPlan(std::span<const PeerTensor>, const PeerOptions&, bool planes);

  std::vector<const void*> seen;  ///< by the coder
  std::vector<void*> back;
  std::vector<std::size_t> bytes;
  std::uint64_t all_bytes = 0;  ///< that the coder sees
  std::vector<Run> runs;
  std::optional<DeviceBuffer> exponents, rest;
};

template <typename CompressOptions, typename DecompressOptions>
class NvcompBatch final : public PeerBatch {
 public:
  using Codec = NvcompCodec<CompressOptions, DecompressOptions>;

  NvcompBatch(std::span<const PeerTensor> tensors, const PeerOptions& options, bool planes,
              const Codec& codec)
      : codec_(codec),
        stream_(options.stream),
        chunk_bytes_(options.chunk_bytes),
        plan_(tensors, options, planes),
        chunks_(plan_.bytes.size()),
        seen_(plan_.seen, stream_),
        back_(plan_.back, stream_),
        raw_bytes_(plan_.bytes, stream_),
        compressed_(slots(), stream_),
        compressed_bytes_(chunks_),
        back_bytes_(chunks_),
        statuses_(chunks_),
        memory_(memory_bytes()) {}

  void compress() override {
    for (const NvcompPlan::Run& run : plan_.runs) {
      split_planes_on_device(run.tensors.raw.data(), plan_.exponents->data() + run.begin,
                             plan_.rest->data() + run.begin, run.tensors.raw.size() / 2, stream_);
    }
    check_nvcomp(
        codec_.compress(seen_.data(), raw_bytes_.data(), chunk_bytes_, chunks_, memory_.data(),
                        memory_.size(), compressed_.data(), compressed_bytes_.data(),
                        codec_.compressing, statuses_.data(), stream()),
        "compress");
    is_back_ = false;
  }

  void decompress() override {
    check_nvcomp(codec_.decompress(compressed_.data(), compressed_bytes_.data(), raw_bytes_.data(),
                                   back_bytes_.data(), chunks_, memory_.data(), memory_.size(),
                                   back_.data(), codec_.decompressing, statuses_.data(), stream()),
                 "decompress");
    for (const NvcompPlan::Run& run : plan_.runs) {
      join_planes_on_device(plan_.exponents->data() + run.begin, plan_.rest->data() + run.begin,
                            run.tensors.back.data(), run.tensors.back.size() / 2, stream_);
    }
    is_back_ = true;
  }

  void finish() override {
    for (const nvcompStatus_t status : statuses_.on_host(stream_))
      check_nvcomp(status, is_back_ ? "decompress a chunk" : "compress a chunk");
    if (is_back_ && back_bytes_.on_host(stream_) != plan_.bytes)
      throw std::runtime_error("nvCOMP: a chunk came back in another size");
    sum_ = plan_.rest ? plan_.all_bytes : 0;
    for (const std::size_t bytes : compressed_bytes_.on_host(stream_))
      sum_ += kChunkLengthBytes + bytes;
  }

  std::uint64_t compressed_bytes() const override { return sum_; }

 private:
  static constexpr std::size_t kSlotAlignment = 256;

  cudaStream_t stream() const { return static_cast<cudaStream_t>(stream_); }

  /// A place for each chunk's compressed form, as large as it can become.
  std::vector<void*> slots() {
    std::size_t most = 0;
    check_nvcomp(codec_.bound(chunk_bytes_, codec_.compressing, &most), "bound a chunk");
    const std::size_t step = (most + kSlotAlignment - 1) / kSlotAlignment * kSlotAlignment;
    slot_memory_.emplace(step * chunks_);
    std::vector<void*> slots;
    for (std::size_t i = 0; i < chunks_; ++i) slots.push_back(slot_memory_->data() + i * step);
    return slots;
  }

  std::size_t memory_bytes() const {
    std::size_t to_compress = 0, to_decompress = 0;
    check_nvcomp(codec_.compress_memory(chunks_, chunk_bytes_, codec_.compressing, &to_compress,
                                        plan_.all_bytes, stream()),
                 "size the compressor's memory");
    check_nvcomp(codec_.decompress_memory(chunks_, chunk_bytes_, codec_.decompressing,
                                          &to_decompress, plan_.all_bytes, stream()),
                 "size the decompressor's memory");
    return std::max<std::size_t>({to_compress, to_decompress, 1});
  }

  Codec codec_;
  void* stream_;
  std::size_t chunk_bytes_;
  NvcompPlan plan_;
  std::size_t chunks_;
  std::optional<DeviceBuffer> slot_memory_;
  PerChunk<const void*> seen_;
  PerChunk<void*> back_;
  PerChunk<std::size_t> raw_bytes_;
  PerChunk<void*> compressed_;
  PerChunk<std::size_t> compressed_bytes_, back_bytes_;
  PerChunk<nvcompStatus_t> statuses_;
  DeviceBuffer memory_;
  bool is_back_ = false;
  std::uint64_t sum_ = 0;
};

}  // namespace splitbench
