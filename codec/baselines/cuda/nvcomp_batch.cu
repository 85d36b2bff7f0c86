#include <optional>
#include <vector>

#include "codec/baselines/cuda/device_planes.hpp"
#include "codec/baselines/cuda/nvcomp_batch.cuh"
#include "codec/baselines/payload_layout.hpp"

namespace splitbench {
namespace {

/// Values in device memory, one for each chunk.
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

/// The places of each chunk of a batch before the coder and when it is back; and, with planes, the
/// planes that are split and joined around it.
struct NvcompPlan {
  NvcompPlan(std::span<const BaselineTensor> tensors, const BaselineOptions& options, bool planes)
      : raw(parts_of(tensors, &BaselineTensor::raw)),
        back(parts_of(tensors, &BaselineTensor::back)),
        layout(std::span<const std::span<const std::byte>>(raw), planes, options.chunk_bytes) {
    constexpr std::uint64_t kAlignment = 32;  // a multiple that suits any codec's chunks
    if (planes && options.type != ElementType::bf16)
      throw std::invalid_argument("planes are of bf16 elements");
    if (options.chunk_bytes % kAlignment != 0)
      throw std::invalid_argument("nvCOMP: a chunk is a multiple of 32 bytes");
    if (tensors.empty()) throw std::invalid_argument("nvCOMP: a batch has at least a tensor");
    if (planes) {
      exponents.emplace(layout.plane_bytes());
      rest.emplace(layout.plane_bytes());
    }
    for (const PayloadLayout::Chunk& chunk : layout.chunks()) {
      const std::uint64_t plane = layout.plane_at(chunk.piece) + chunk.first;
      seen.push_back(planes ? exponents->data() + plane : raw[chunk.piece].data() + chunk.first);
      decoded.push_back(planes ? exponents->data() + plane
                               : back[chunk.piece].data() + chunk.first);
      bytes.push_back(chunk.seen);
      all_bytes += chunk.seen;
    }
  }

  template <typename Part>
  static std::vector<Part> parts_of(std::span<const BaselineTensor> tensors,
                                    Part BaselineTensor::*part) {
    std::vector<Part> parts;
    for (const BaselineTensor& tensor : tensors) parts.push_back(tensor.*part);
    return parts;
  }

  std::vector<std::span<const std::byte>> raw;
  std::vector<std::span<std::byte>> back;
  PayloadLayout layout;
  std::vector<const void*> seen;  ///< chunks as the coder sees them
  std::vector<void*> decoded;
  std::vector<std::size_t> bytes;
  std::uint64_t all_bytes = 0;  ///< sum of `bytes`
  std::optional<DeviceBuffer> exponents, rest;
};

class NvcompBatch final : public BaselineBatch {
 public:
  NvcompBatch(std::span<const BaselineTensor> tensors, const BaselineOptions& options, bool planes,
              const MakeDeviceCoder& make)
      : stream_(options.stream),
        plan_(tensors, options, planes),
        chunks_(plan_.bytes.size()),
        coder_(make(
            {.chunks = chunks_, .chunk_bytes = options.chunk_bytes, .bytes = plan_.all_bytes})),
        seen_(plan_.seen, stream_),
        back_(plan_.decoded, stream_),
        raw_bytes_(plan_.bytes, stream_),
        compressed_(slots(), stream_),
        compressed_bytes_(chunks_),
        back_bytes_(chunks_),
        statuses_(chunks_) {}

  void compress() override {
    if (plan_.rest)
      split_pieces(plan_.raw, plan_.layout, plan_.exponents->data(), plan_.rest->data(), stream_);
    coder_->compress({.count = chunks_,
                      .in = seen_.data(),
                      .in_bytes = raw_bytes_.data(),
                      .out = compressed_.data(),
                      .out_bytes = compressed_bytes_.data(),
                      .statuses = statuses_.data()},
                     stream_);
    is_back_ = false;
  }

  void decompress() override {
    coder_->decompress({.count = chunks_,
                        .in = compressed_.data(),
                        .in_bytes = compressed_bytes_.data(),
                        .out = back_.data(),
                        .out_bytes = back_bytes_.data(),
                        .statuses = statuses_.data()},
                       raw_bytes_.data(), stream_);
    if (plan_.rest)
      join_pieces(plan_.back, plan_.layout, plan_.exponents->data(), plan_.rest->data(), stream_);
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
  /// Allocates and returns a place for each chunk's compressed form, as large as it can become.
  std::vector<void*> slots() {
    const std::size_t step = coder_->slot_bytes();
    slot_memory_.emplace(step * chunks_);
    std::vector<void*> slots;
    for (std::size_t i = 0; i < chunks_; ++i) slots.push_back(slot_memory_->data() + i * step);
    return slots;
  }

  void* stream_;
  NvcompPlan plan_;
  std::size_t chunks_;
  std::unique_ptr<DeviceCoder> coder_;
  std::optional<DeviceBuffer> slot_memory_;
  PerChunk<const void*> seen_;
  PerChunk<void*> back_;
  PerChunk<std::size_t> raw_bytes_;
  PerChunk<void*> compressed_;
  PerChunk<std::size_t> compressed_bytes_, back_bytes_;
  PerChunk<nvcompStatus_t> statuses_;
  bool is_back_ = false;
  std::uint64_t sum_ = 0;
};

}  // namespace

std::unique_ptr<BaselineBatch> make_nvcomp_batch(std::span<const BaselineTensor> tensors,
                                                 const BaselineOptions& options, bool planes,
                                                 const MakeDeviceCoder& make) {
  return std::make_unique<NvcompBatch>(tensors, options, planes, make);
}

}  // namespace splitbench
