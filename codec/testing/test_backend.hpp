#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <gtest/gtest.h>
#include <memory>
#include <span>
#include <vector>

#include "codec/codec.hpp"
#include "codec/cuda/cuda_codec.hpp"
#include "codec/cuda/device.hpp"

namespace splitbench {

using Bytes = std::vector<std::byte>;

/// A codec as a test sees it, with ordinary memory as input and output.
class TestBackend {
 public:
  struct Encoded {
    EncodedFrame result;
    Bytes frame;

    bool operator==(const Encoded&) const = default;
  };

  virtual ~TestBackend() = default;
  virtual Encoded encode(std::span<const std::byte> raw, const Codebook& codebook,
                         FrameKind wanted) = 0;
  virtual Bytes decode(std::span<const std::byte> frame, ElementType type,
                       std::uint64_t elements) = 0;
  virtual std::uint64_t digest(std::span<const std::byte> bytes, std::uint64_t first_position) = 0;
};

/// Memory with a margin on both sides that nothing may write.
class GuardedBytes {
 public:
  explicit GuardedBytes(std::size_t size) : bytes_(size + 2 * kMargin, kUntouched) {}
  ~GuardedBytes() {
    const auto touched = [](std::byte byte) { return byte != kUntouched; };
    EXPECT_TRUE(std::none_of(bytes_.begin(), bytes_.begin() + kMargin, touched));
    EXPECT_TRUE(std::none_of(bytes_.end() - kMargin, bytes_.end(), touched));
  }

  std::span<std::byte> inside() {
    return std::span(bytes_).subspan(kMargin, bytes_.size() - 2 * kMargin);
  }

 private:
  static constexpr std::ptrdiff_t kMargin = 256;
  static constexpr std::byte kUntouched{0xee};
  Bytes bytes_;
};

class CpuTestBackend final : public TestBackend {
 public:
  explicit CpuTestBackend(unsigned threads = 1) : threads_(threads) {}

  Encoded encode(std::span<const std::byte> raw, const Codebook& codebook,
                 FrameKind wanted) override {
    const ElementType type = codebook.element_type;
    GuardedBytes out(max_frame_bytes(type, raw.size() / element_bytes(type)));
    const EncodedFrame result = splitbench::encode(raw, codebook, wanted, out.inside(), threads_);
    const std::span frame = out.inside().first(result.frame_bytes);
    return {result, {frame.begin(), frame.end()}};
  }

  Bytes decode(std::span<const std::byte> frame, ElementType type,
               std::uint64_t elements) override {
    GuardedBytes raw(element_bytes(type) * elements);
    splitbench::decode(frame, raw.inside(), threads_);
    return {raw.inside().begin(), raw.inside().end()};
  }

  std::uint64_t digest(std::span<const std::byte> bytes, std::uint64_t first_position) override {
    return splitbench::digest(bytes, first_position);
  }

 private:
  unsigned threads_;
};

/// The codec on a CUDA device. Buffers are exactly as large as the contract asks, so that a memory
/// checker sees every access outside.
class CudaTestBackend final : public TestBackend {
 public:
  Encoded encode(std::span<const std::byte> raw, const Codebook& codebook,
                 FrameKind wanted) override {
    const ElementType type = codebook.element_type;
    const std::uint64_t elements = raw.size() / element_bytes(type);
    const DeviceBuffer input = upload(raw);
    const DeviceBuffer output(max_frame_bytes(type, elements));
    const EncodeTask task{.input = {.elements = elements, .data = input.data()},
                          .codebook = codebook,
                          .wanted = wanted,
                          .output = output.data(),
                          .output_capacity = output.size()};
    codec_.encode({&task, 1}, result_.as<EncodedFrame>(), stream_.get());
    synchronize(stream_.get());
    const EncodedFrame result = *result_.as<EncodedFrame>();
    return {result, download(output, result.frame_bytes)};
  }

  Bytes decode(std::span<const std::byte> frame, ElementType type,
               std::uint64_t elements) override {
    const DeviceBuffer input = upload(frame);
    const DeviceBuffer output(element_bytes(type) * elements);
    const DecodeTask task{.frame = input.data(),
                          .frame_bytes = frame.size(),
                          .output = {.elements = elements, .data = output.data()},
                          .element_type = type};
    codec_.decode({&task, 1}, result_.as<DecodeStatus>(), stream_.get());
    synchronize(stream_.get());
    const DecodeStatus status = *result_.as<DecodeStatus>();
    if (!status.ok()) throw BadFrame(status.fault);
    return download(output, output.size());
  }

  std::uint64_t digest(std::span<const std::byte> bytes, std::uint64_t first_position) override {
    const DeviceBuffer input = upload(bytes);
    codec_.digest({input.data(), input.size()}, first_position, result_.as<std::uint64_t>(),
                  stream_.get());
    synchronize(stream_.get());
    return *result_.as<std::uint64_t>();
  }

 private:
  DeviceBuffer upload(std::span<const std::byte> bytes) {
    DeviceBuffer buffer(bytes.size());
    copy_async(buffer.data(), bytes.data(), bytes.size(), stream_.get());
    synchronize(stream_.get());
    return buffer;
  }

  Bytes download(const DeviceBuffer& buffer, std::size_t size) {
    Bytes bytes(size);
    copy_async(bytes.data(), buffer.data(), size, stream_.get());
    synchronize(stream_.get());
    return bytes;
  }

  Stream stream_;
  CudaCodec codec_{{.tasks = 1, .elements = std::uint64_t{1} << 23}};
  PinnedBuffer result_{64};
};

}  // namespace splitbench
