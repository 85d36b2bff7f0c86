#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "codec/element.hpp"

namespace splitbench {

// Payloads (payload_layout.hpp) in the memory of a CUDA device, one at a time: calls put work into
// a stream (a cudaStream_t), and the next may be asked for when that is done. All memory is
// allocated beforehand, on the device that is then current. Pieces are memory of the device, begin
// on 16 bytes, and must stay valid until the work is done. Writers and readers are not thread-safe.
// Throws std::runtime_error if the library fails, and CudaError.

/// The largest payload that a writer or reader is made for; calls must keep to it.
struct PayloadLimits {
  ElementType type = ElementType::bf16;
  std::size_t pieces = 0;   ///< most pieces of a payload
  std::uint64_t bytes = 0;  ///< most raw bytes of all its pieces together
};

/// Compresses pieces into a payload.
class DeviceWriter {
 public:
  virtual ~DeviceWriter() = default;

  /// Puts the work into the stream that makes a payload of the pieces.
  virtual void write(std::span<const std::span<const std::byte>> pieces, void* stream) = 0;

  /// Returns the payload in parts, one behind the other, which the next write() overwrites. They
  /// are memory that the device can read: the writer's own, or pieces that were kept as they are.
  /// Called when the work is done; throws std::runtime_error if a chunk failed.
  virtual std::vector<std::span<const std::byte>> parts() const = 0;
};

/// Decompresses a payload to its pieces: take(), a copy to payload(), read(), and check().
class DeviceReader {
 public:
  virtual ~DeviceReader() = default;

  /// Reads the lengths of a payload that lies on the host, and plans where all of it will go.
  /// Throws BadFrame unless it is one of such pieces. Keeps no reference to `payload`.
  virtual void take(std::span<const std::byte> payload,
                    std::span<const std::span<std::byte>> pieces) = 0;

  /// Returns the device memory, owned by the reader, to which that payload must be copied before
  /// the work of read() begins.
  virtual std::byte* payload() const = 0;
  /// Puts the work into the stream that fills the pieces of the payload that was taken.
  virtual void read(void* stream) = 0;

  /// Throws BadFrame if a chunk was none. Called when the work is done.
  virtual void check() const = 0;
};

using MakeDeviceWriter = std::function<std::unique_ptr<DeviceWriter>(const PayloadLimits&)>;
using MakeDeviceReader = std::function<std::unique_ptr<DeviceReader>(const PayloadLimits&)>;

}  // namespace splitbench
