#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "codec/element.hpp"

namespace splitbench {

// Payloads (payload_layout.hpp) in the memory of a CUDA device, one at a time: calls put work into
// a stream, and the next may be asked for when that is done. What it takes is allocated beforehand.
// Throws std::runtime_error where the library fails. Pieces of tensors begin on 16 bytes.

struct PayloadLimits {
  ElementType type = ElementType::bf16;
  std::size_t pieces = 0;   ///< the most of a payload
  std::uint64_t bytes = 0;  ///< the most of all its pieces, raw
};

class DeviceWriter {
 public:
  virtual ~DeviceWriter() = default;

  virtual void write(std::span<const std::span<const std::byte>> pieces, void* stream) = 0;

  /// When the work is done: the payload.
  virtual std::span<const std::byte> payload() const = 0;
};

class DeviceReader {
 public:
  virtual ~DeviceReader() = default;

  /// Reads the lengths of a payload that lies on the host, and sees where all of it will go. Throws
  /// BadFrame unless it is one of such pieces.
  virtual void take(std::span<const std::byte> payload,
                    std::span<const std::span<std::byte>> pieces) = 0;

  /// Where that payload is to lie when the work of read() begins.
  virtual std::byte* payload() const = 0;
  virtual void read(void* stream) = 0;

  /// When the work is done: throws BadFrame if a chunk was none.
  virtual void check() const = 0;
};

using MakeDeviceWriter = std::function<std::unique_ptr<DeviceWriter>(const PayloadLimits&)>;
using MakeDeviceReader = std::function<std::unique_ptr<DeviceReader>(const PayloadLimits&)>;

}  // namespace splitbench
