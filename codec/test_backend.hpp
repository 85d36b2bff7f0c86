#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "codec/codec.hpp"
#include "codec/cuda/cuda_codec.hpp"
#include "codec/cuda/device.hpp"

namespace splitbench {

/// A codec as a test sees it: ordinary memory in and out.
class TestBackend {
 public:
  struct Encoded {
    EncodedFrame result;
    std::vector<std::byte> frame;

    bool operator==(const Encoded&) const = default;
  };

  virtual ~TestBackend() = default;
  virtual Encoded encode(std::span<const std::uint16_t> elements, const Codebook& codebook,
                         FrameKind wanted) = 0;
  virtual std::vector<std::uint16_t> decode(std::span<const std::byte> frame,
                                            std::uint64_t elements) = 0;
  virtual std::uint64_t digest(std::span<const std::byte> bytes, std::uint64_t first_position) = 0;
};

class CpuTestBackend final : public TestBackend {
 public:
  Encoded encode(std::span<const std::uint16_t> elements, const Codebook& codebook,
                 FrameKind wanted) override {
    std::vector<std::byte> frame(max_frame_bytes(elements.size()), std::byte{0xee});
    const EncodedFrame result = splitbench::encode(elements, codebook, wanted, frame);
    frame.resize(result.frame_bytes);
    return {result, frame};
  }

  std::vector<std::uint16_t> decode(std::span<const std::byte> frame,
                                    std::uint64_t elements) override {
    std::vector<std::uint16_t> decoded(elements);
    splitbench::decode(frame, decoded);
    return decoded;
  }

  std::uint64_t digest(std::span<const std::byte> bytes, std::uint64_t first_position) override {
    return splitbench::digest(bytes, first_position);
  }
};

/// Buffers are exactly as large as the contract asks, so that a memory checker sees every step
/// outside.
class CudaTestBackend final : public TestBackend {
 public:
  Encoded encode(std::span<const std::uint16_t> elements, const Codebook& codebook,
                 FrameKind wanted) override {
    const DeviceBuffer input = upload(std::as_bytes(elements));
    const DeviceBuffer output(max_frame_bytes(elements.size()));
    const EncodeTask task{.input = input.as<std::uint16_t>(),
                          .elements = elements.size(),
                          .codebook = codebook,
                          .wanted = wanted,
                          .output = output.data(),
                          .output_capacity = output.size()};
    codec_.encode({&task, 1}, result_.as<EncodedFrame>(), stream_.get());
    synchronize(stream_.get());
    const EncodedFrame result = *result_.as<EncodedFrame>();
    std::vector<std::byte> frame(result.frame_bytes);
    download(output, frame);
    return {result, frame};
  }

  std::vector<std::uint16_t> decode(std::span<const std::byte> frame,
                                    std::uint64_t elements) override {
    const DeviceBuffer input = upload(frame);
    const DeviceBuffer output(2 * elements);
    const DecodeTask task{.frame = input.data(),
                          .frame_bytes = frame.size(),
                          .output = output.as<std::uint16_t>(),
                          .elements = elements};
    codec_.decode({&task, 1}, result_.as<DecodeStatus>(), stream_.get());
    synchronize(stream_.get());
    const DecodeStatus status = *result_.as<DecodeStatus>();
    if (!status.ok()) throw BadFrame(status.fault);
    std::vector<std::uint16_t> decoded(elements);
    download(output, std::as_writable_bytes(std::span(decoded)));
    return decoded;
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

  void download(const DeviceBuffer& buffer, std::span<std::byte> bytes) {
    copy_async(bytes.data(), buffer.data(), bytes.size(), stream_.get());
    synchronize(stream_.get());
  }

  Stream stream_;
  CudaCodec codec_{{.tasks = 1, .elements = std::uint64_t{1} << 23}};
  PinnedBuffer result_{64};
};

}  // namespace splitbench
