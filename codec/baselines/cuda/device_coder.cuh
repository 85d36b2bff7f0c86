#pragma once
#include <algorithm>
#include <cstdint>
#include <cuda_runtime_api.h>
#include <functional>
#include <memory>
#include <nvcomp.h>
#include <stdexcept>
#include <string>

#include "codec/cuda/device.hpp"

namespace splitbench {

inline void check_nvcomp(nvcompStatus_t status, const std::string& attempted) {
  if (status == nvcompSuccess) return;
  throw std::runtime_error("nvCOMP: " + attempted + ": " + nvcompGetStatusString(status));
}

/// Chunks in device memory on their way through a coder. The arrays, one value for each chunk, are
/// in device memory, too.
struct DeviceChunks {
  std::size_t count = 0;
  const void* const* in = nullptr;
  const std::size_t* in_bytes = nullptr;
  void* const* out = nullptr;
  std::size_t* out_bytes = nullptr;
  nvcompStatus_t* statuses = nullptr;
};

/// One of nvCOMP's codecs with the memory that it needs, for one batch of chunks after another.
/// Calls only put work into the stream; they throw std::runtime_error if nvCOMP refuses it.
class DeviceCoder {
 public:
  virtual ~DeviceCoder() = default;

  /// Returns the most bytes that a chunk may become.
  virtual std::size_t bound() const = 0;
  /// Returns how many bytes apart chunks' compressed forms are put.
  std::size_t slot_bytes() const {
    constexpr std::size_t kAlignment = 256;
    return (bound() + kAlignment - 1) / kAlignment * kAlignment;
  }
  virtual void compress(const DeviceChunks&, void* stream) = 0;
  /// Decompresses chunks; `room` is the bytes of each before it was compressed, in device memory.
  virtual void decompress(const DeviceChunks&, const std::size_t* room, void* stream) = 0;
};

/// The most that a coder sees at once, and what it is for.
struct CoderLimits {
  std::size_t chunks = 0;
  std::size_t chunk_bytes = 0;
  std::uint64_t bytes = 0;  ///< sum over all chunks
  bool compresses = true;
  bool decompresses = true;
};

using MakeDeviceCoder = std::function<std::unique_ptr<DeviceCoder>(const CoderLimits&)>;

/// The functions of one of nvCOMP's codecs, and their options. Codecs differ in nothing but these
/// types.
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

template <typename CompressOptions, typename DecompressOptions>
class NvcompCoder final : public DeviceCoder {
 public:
  using Codec = NvcompCodec<CompressOptions, DecompressOptions>;

  NvcompCoder(const Codec& codec, const CoderLimits& limits)
      : codec_(codec), chunk_bytes_(limits.chunk_bytes), memory_(memory_bytes(codec, limits)) {}

  std::size_t bound() const override {
    std::size_t most = 0;
    check_nvcomp(codec_.bound(chunk_bytes_, codec_.compressing, &most), "bound a chunk");
    return most;
  }

  void compress(const DeviceChunks& chunks, void* stream) override {
    check_nvcomp(
        codec_.compress(chunks.in, chunks.in_bytes, chunk_bytes_, chunks.count, memory_.data(),
                        memory_.size(), chunks.out, chunks.out_bytes, codec_.compressing,
                        chunks.statuses, static_cast<cudaStream_t>(stream)),
        "compress");
  }

  void decompress(const DeviceChunks& chunks, const std::size_t* room, void* stream) override {
    check_nvcomp(codec_.decompress(chunks.in, chunks.in_bytes, room, chunks.out_bytes, chunks.count,
                                   memory_.data(), memory_.size(), chunks.out, codec_.decompressing,
                                   chunks.statuses, static_cast<cudaStream_t>(stream)),
                 "decompress");
  }

 private:
  static std::size_t memory_bytes(const Codec& codec, const CoderLimits& limits) {
    std::size_t to_compress = 0, to_decompress = 0;
    if (limits.compresses)
      check_nvcomp(codec.compress_memory(limits.chunks, limits.chunk_bytes, codec.compressing,
                                         &to_compress, limits.bytes, nullptr),
                   "size the compressor's memory");
    if (limits.decompresses)
      check_nvcomp(codec.decompress_memory(limits.chunks, limits.chunk_bytes, codec.decompressing,
                                           &to_decompress, limits.bytes, nullptr),
                   "size the decompressor's memory");
    return std::max<std::size_t>({to_compress, to_decompress, 1});
  }

  Codec codec_;
  std::size_t chunk_bytes_;
  DeviceBuffer memory_;
};

}  // namespace splitbench
