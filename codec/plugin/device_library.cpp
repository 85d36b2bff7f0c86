#include "codec/plugin/device_library.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <utility>
#include <vector>

#include "codec/baselines/payload_layout.hpp"
#include "codec/cuda/device.hpp"
#include "codec/errors.hpp"

namespace splitbench {
namespace {

/// The chunks that suit a GPU if the library does not say: long enough that the launches of one
/// take no longer than its work.
constexpr std::uint64_t kDeviceChunkBytes = 4 << 20;
constexpr std::size_t kAlignment = 256;
constexpr std::size_t kGuardBytes = 256;  // bytes behind each output
constexpr std::byte kGuardByte{0xa5};

using LibraryPointer = std::shared_ptr<const CodecLibrary>;
using RawChunks = std::vector<std::span<const std::byte>>;

/// The outputs of a library's encoder for one batch of chunks after another, in device memory that
/// grows with the batches, each with guard bytes behind it.
class EncoderOutputs {
 public:
  explicit EncoderOutputs(LibraryPointer library) : library_(std::move(library)) {}

  /// Makes room for the chunks, and puts their encoding into the stream.
  void encode(const CodecLibrary::State& state, RawChunks raw, void* stream) {
    raw_ = std::move(raw);
    lay_out(stream);
    working_.emplace(library_->calls(), library_->working());
    for (std::size_t i = 0; i < raw_.size(); ++i)
      state.encode_on_device(raw_[i], slot(i).first(library_->bound(raw_[i].size())),
                             used_.as<std::uint64_t>() + i, stream);
    for (std::size_t i = 0; i < raw_.size(); ++i)
      copy_async(guards_.data() + i * kGuardBytes, guard(i), kGuardBytes, stream);
  }

  /// Returns a chunk's output, or the chunk itself where that is no longer. Called when the work is
  /// done. Throws std::runtime_error if the library failed or wrote behind an output.
  std::vector<std::span<const std::byte>> outputs() {
    working_.reset();
    if (std::ranges::any_of(guards_.bytes().first(raw_.size() * kGuardBytes),
                            [](std::byte each) { return each != kGuardByte; }))
      throw std::runtime_error(
          library_->did("encode on a GPU wrote behind the bytes that its bound says"));
    std::vector<std::span<const std::byte>> all;
    for (std::size_t i = 0; i < raw_.size(); ++i) all.push_back(output(i));
    return all;
  }

 private:
  std::span<std::byte> slot(std::size_t chunk) const {
    return {memory_.data() + chunk * step_, step_ - kGuardBytes};
  }
  std::byte* guard(std::size_t chunk) const { return slot(chunk).data() + slot(chunk).size(); }

  std::span<const std::byte> output(std::size_t chunk) const {
    const std::uint64_t used = used_.as<std::uint64_t>()[chunk];
    const std::uint64_t bound = library_->bound(raw_[chunk].size());
    if (used == 0 || used > bound)
      throw std::runtime_error(
          library_->did(fmt::format("encode of {} bytes on a GPU used {}; expected 1 to {}",
                                    raw_[chunk].size(), used, bound)));
    return used < raw_[chunk].size() ? std::span<const std::byte>(slot(chunk).first(used))
                                     : raw_[chunk];
  }

  /// Sets how far slots are apart, by the longest, and writes the guards where they are new.
  void lay_out(void* stream) {
    std::uint64_t longest = 0;
    for (const std::span<const std::byte> chunk : raw_)
      longest = std::max(longest, library_->bound(chunk.size()));
    const std::size_t step = (longest + kAlignment - 1) / kAlignment * kAlignment + kGuardBytes;
    if (step == step_ && raw_.size() <= guarded_) return;
    step_ = step;
    guarded_ = raw_.size();
    if (memory_.size() < guarded_ * step_) memory_ = DeviceBuffer(guarded_ * step_);
    if (used_.size() < guarded_ * sizeof(std::uint64_t))
      used_ = PinnedBuffer(guarded_ * sizeof(std::uint64_t));
    guards_ = PinnedBuffer(guarded_ * kGuardBytes);
    std::ranges::fill(guards_.bytes(), kGuardByte);
    for (std::size_t i = 0; i < guarded_; ++i)
      copy_async(guard(i), guards_.data(), kGuardBytes, stream);
  }

  LibraryPointer library_;
  RawChunks raw_;
  std::size_t step_ = 0;     // bytes from one slot to the next
  std::size_t guarded_ = 0;  // slots with guards
  DeviceBuffer memory_{0};
  PinnedBuffer used_{0}, guards_{0};
  std::optional<CallWatch::Call> working_;
};

/// Puts the decoding of chunks into a stream, and says whether it failed.
class Decoding {
 public:
  explicit Decoding(LibraryPointer library) : library_(std::move(library)) {}

  void begin(std::size_t most_chunks) {
    count_ = 0;
    working_.emplace(library_->calls(), library_->working());
    const std::size_t bytes = most_chunks * sizeof(std::uint64_t);
    if (failed_.size() < bytes) failed_ = PinnedBuffer(bytes);
  }
  /// Adds a chunk that was encoded, or kept as it was and so has the same length.
  void add(const CodecLibrary::State& state, std::span<const std::byte> encoded,
           std::span<std::byte> raw, void* stream) {
    std::uint64_t* failed = failed_.as<std::uint64_t>() + count_++;
    *failed = 0;
    if (encoded.size() == raw.size())
      copy_async(raw.data(), encoded.data(), raw.size(), stream);
    else
      state.decode_on_device(encoded, raw, failed, stream);
  }
  /// Throws BadFrame if a chunk failed. Called when the work is done.
  void check() {
    working_.reset();
    const std::span failed(failed_.as<std::uint64_t>(), count_);
    if (std::ranges::any_of(failed, [](std::uint64_t each) { return each != 0; }))
      throw BadFrame(library_->did("decode on a GPU failed"));
  }

 private:
  LibraryPointer library_;
  PinnedBuffer failed_{0};
  std::size_t count_ = 0;
  std::optional<CallWatch::Call> working_;
};

class LibraryWriter final : public DeviceWriter {
 public:
  LibraryWriter(const LibraryPointer& library, std::uint64_t chunk_bytes,
                const PayloadLimits& limits)
      : chunk_bytes_(chunk_bytes),
        state_(*library, limits.type, CodecDevice::cuda),
        outputs_(library),
        head_((limits.bytes / chunk_bytes + limits.pieces + 4) * sizeof(std::uint32_t) +
              PayloadLayout::kAlignment) {}

  void write(std::span<const std::span<const std::byte>> pieces, void* stream) override {
    const PayloadLayout layout(pieces, false, chunk_bytes_);
    RawChunks raw;
    for (const PayloadLayout::Chunk& chunk : layout.chunks())
      raw.push_back(layout.elements_of(chunk, pieces[chunk.piece]));
    head_bytes_ = layout.chunks_at();
    outputs_.encode(state_, std::move(raw), stream);
    encoded_.clear();
  }

  std::vector<std::span<const std::byte>> parts() const override {
    if (encoded_.empty()) gather();
    return encoded_;
  }

 private:
  /// Writes the lengths, and makes chunks begin on 16 bytes: what lies behind one's end, in its
  /// slot or its piece, fills it up. Only the last of a kept chunk may have nothing behind it.
  void gather() const {
    const auto outputs = outputs_.outputs();
    std::ranges::fill(head_.bytes().first(head_bytes_ + PayloadLayout::kAlignment), std::byte{0});
    const std::span zeros = head_.bytes().subspan(head_bytes_, PayloadLayout::kAlignment);
    encoded_.push_back(head_.bytes().first(head_bytes_));
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      head_.as<std::uint32_t>()[i] = static_cast<std::uint32_t>(outputs[i].size());
      encoded_.push_back(outputs[i]);
      const std::uint64_t gap = PayloadLayout::aligned(outputs[i].size()) - outputs[i].size();
      if (gap > 0) encoded_.push_back(zeros.first(gap));
    }
  }

  const std::uint64_t chunk_bytes_;
  CodecLibrary::State state_;
  mutable EncoderOutputs outputs_;
  PinnedBuffer head_;  // lengths, and zeros to fill up with
  std::uint64_t head_bytes_ = 0;
  mutable std::vector<std::span<const std::byte>> encoded_;  // parts, once they are known
};

class LibraryReader final : public DeviceReader {
 public:
  LibraryReader(const LibraryPointer& library, std::uint64_t chunk_bytes,
                const PayloadLimits& limits)
      : chunk_bytes_(chunk_bytes),
        state_(*library, limits.type, CodecDevice::cuda),
        decoding_(library),
        payload_(limits.bytes + (limits.bytes / chunk_bytes + limits.pieces + 1) *
                                    (sizeof(std::uint32_t) + PayloadLayout::kAlignment)) {}

  void take(std::span<const std::byte> payload,
            std::span<const std::span<std::byte>> pieces) override {
    const PayloadLayout layout(pieces, false, chunk_bytes_);
    const auto compressed = layout.compressed(payload);
    encoded_.clear();
    raw_.clear();
    for (std::size_t i = 0; i < compressed.size(); ++i) {
      const PayloadLayout::Chunk& chunk = layout.chunks()[i];
      encoded_.emplace_back(payload_.data() + (compressed[i].data() - payload.data()),
                            compressed[i].size());
      raw_.push_back(layout.elements_of(chunk, pieces[chunk.piece]));
    }
  }

  std::byte* payload() const override { return payload_.data(); }

  void read(void* stream) override {
    decoding_.begin(raw_.size());
    for (std::size_t i = 0; i < raw_.size(); ++i)
      decoding_.add(state_, encoded_[i], raw_[i], stream);
  }

  void check() const override { decoding_.check(); }

 private:
  const std::uint64_t chunk_bytes_;
  CodecLibrary::State state_;
  mutable Decoding decoding_;
  DeviceBuffer payload_;
  std::vector<std::span<const std::byte>> encoded_;  // chunks of the payload that was taken
  std::vector<std::span<std::byte>> raw_;
};

/// Tensors that a library compresses on a GPU and brings back.
class LibraryBatch final : public BaselineBatch {
 public:
  LibraryBatch(const LibraryPointer& library, std::span<const BaselineTensor> tensors,
               const BaselineOptions& options)
      : stream_(options.stream),
        state_(*library, options.type, CodecDevice::cuda),
        outputs_(library),
        decoding_(library) {
    std::vector<std::uint64_t> bytes;
    for (const BaselineTensor& tensor : tensors) bytes.push_back(tensor.raw.size());
    const PayloadLayout layout(bytes, false, options.chunk_bytes);
    for (const PayloadLayout::Chunk& chunk : layout.chunks()) {
      raw_.push_back(layout.elements_of(chunk, tensors[chunk.piece].raw));
      back_.push_back(layout.elements_of(chunk, tensors[chunk.piece].back));
    }
  }

  void compress() override {
    encoded_.clear();
    outputs_.encode(state_, raw_, stream_);
  }

  void decompress() override {
    decoding_.begin(raw_.size());
    for (std::size_t i = 0; i < raw_.size(); ++i)
      decoding_.add(state_, encoded_[i], back_[i], stream_);
    is_back_ = true;
  }

  void finish() override {
    synchronize(stream_);
    if (encoded_.empty()) encoded_ = outputs_.outputs();
    if (std::exchange(is_back_, false)) decoding_.check();
  }

  std::uint64_t compressed_bytes() const override {
    std::uint64_t sum = 0;
    for (const std::span<const std::byte> chunk : encoded_) sum += kChunkLengthBytes + chunk.size();
    return sum;
  }

 private:
  void* stream_;
  CodecLibrary::State state_;
  EncoderOutputs outputs_;
  Decoding decoding_;
  RawChunks raw_;
  std::vector<std::span<std::byte>> back_;
  std::vector<std::span<const std::byte>> encoded_;  // of the last compress(), when finished
  bool is_back_ = false;
};

}  // namespace

Baseline device_baseline(const Codec& codec, const LibraryPointer& library) {
  const std::uint64_t chunk_bytes = library->facts().chunk_bytes.value_or(kDeviceChunkBytes);
  return {codec,
          chunk_bytes,
          [library](std::span<const BaselineTensor> tensors, const BaselineOptions& options) {
            return std::make_unique<LibraryBatch>(library, tensors, options);
          },
          nullptr,
          [=](const PayloadLimits& limits) {
            return std::make_unique<LibraryWriter>(library, chunk_bytes, limits);
          },
          [=](const PayloadLimits& limits) {
            return std::make_unique<LibraryReader>(library, chunk_bytes, limits);
          }};
}

}  // namespace splitbench
