#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>

#include "codec/codec.hpp"
#include "codec/cuda/cuda_codec.hpp"
#include "codec/cuda/device.hpp"
#include "codec/testing/sample_tensors.hpp"
#include "codec/testing/test_backend.hpp"

namespace splitbench {

/// An element type and a kind of coded frames.
struct CodedType {
  ElementType type;
  FrameKind kind;
};
inline constexpr CodedType kCodedTypes[] = {
    {ElementType::bf16, FrameKind::splitzip},     {ElementType::fp8_e5m2, FrameKind::splitzip},
    {ElementType::fp8_e4m3, FrameKind::splitzip}, {ElementType::bf16, FrameKind::ranked},
    {ElementType::fp8_e5m2, FrameKind::ranked},   {ElementType::fp8_e4m3, FrameKind::ranked}};

/// A tensor in device memory, with the buffers that it is encoded and decoded into.
class OnDevice {
 public:
  /// Copies `raw`, whole elements of the type, to the current device.
  OnDevice(CodedType coded, Bytes raw)
      : type_(coded.type),
        kind_(coded.kind),
        raw_(std::move(raw)),
        elements_(raw_.size() / element_bytes(type_)),
        input_(raw_.size()),
        frame_(max_frame_bytes(type_, elements_)),
        output_(raw_.size()),
        codec_({.tasks = 1, .elements = elements_}) {
    copy_async(input_.data(), raw_.data(), raw_.size(), stream_.get());
    synchronize(stream_.get());
  }

  /// Returns the task that encodes the tensor into frame(), with the best codebook for it. Its
  /// pointers are valid while this object lives.
  EncodeTask encode_task() const {
    return {.input = {.elements = elements_, .data = input_.data()},
            .codebook = fitting(type_, raw_, kind_),
            .wanted = kind_,
            .output = frame_.data(),
            .output_capacity = frame_.size()};
  }
  /// Returns the task that decodes so many bytes of frame() into output(). Its pointers are valid
  /// while this object lives.
  DecodeTask decode_task(std::uint64_t frame_bytes) const {
    return {.frame = frame_.data(),
            .frame_bytes = frame_bytes,
            .output = {.elements = elements_, .data = output_.data()},
            .element_type = type_};
  }

  /// Runs the task and waits for its result.
  EncodedFrame encode(const EncodeTask& task, LaunchOptions options = {}) {
    codec_.encode({&task, 1}, results_.as<EncodedFrame>(), stream_.get(), options);
    synchronize(stream_.get());
    return *results_.as<EncodedFrame>();
  }
  /// Runs the task and waits for its outcome.
  DecodeStatus decode(const DecodeTask& task, LaunchOptions options = {}) {
    codec_.decode({&task, 1}, results_.as<DecodeStatus>(), stream_.get(), options);
    synchronize(stream_.get());
    return *results_.as<DecodeStatus>();
  }

  /// Returns a copy of `size` bytes of device memory.
  Bytes read(const std::byte* from, std::size_t size) {
    Bytes bytes(size);
    copy_async(bytes.data(), from, size, stream_.get());
    synchronize(stream_.get());
    return bytes;
  }

  /// Returns the frame that the CPU makes of the tensor.
  Bytes expected() const {
    Bytes frame(frame_.size());
    const Codebook codebook = fitting(type_, raw_, kind_);
    frame.resize(splitbench::encode(raw_, codebook, kind_, frame).frame_bytes);
    return frame;
  }

  const Bytes& raw() const { return raw_; }
  const DeviceBuffer& input() const { return input_; }
  const DeviceBuffer& frame() const { return frame_; }
  const DeviceBuffer& output() const { return output_; }
  void* stream() const { return stream_.get(); }
  CudaCodec& codec() { return codec_; }
  /// Returns where encode() has its result, in pinned memory that this object owns.
  EncodedFrame* encoded() const { return results_.as<EncodedFrame>(); }

 private:
  ElementType type_;
  FrameKind kind_;
  Bytes raw_;
  std::uint64_t elements_;
  Stream stream_;
  DeviceBuffer input_, frame_, output_;
  PinnedBuffer results_{64};
  CudaCodec codec_;
};

}  // namespace splitbench
