#pragma once
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>

namespace splitbench {

// CUDA's memory and streams, as far as the rest of the program touches them, without CUDA's
// headers. A stream is an opaque `void*` (cudaStream_t; null is the default stream). Without CUDA
// every function but cuda_device_count, cuda_available and
// device_reaches throws Unavailable; where CUDA fails they throw CudaError, destructors excepted.

/// What was attempted, and CUDA's words: "allocate 1024 bytes on the device: out of memory".
class CudaError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Devices that this process may use: none if the program was built without CUDA.
int cuda_device_count();

/// True if this program was built with CUDA and this machine has a device.
inline bool cuda_available() {
  return cuda_device_count() > 0;
}

/// "NVIDIA H200", of the current device; and the driver's version, 13000 for 13.0.
std::string cuda_device_name();
int cuda_driver_version();

/// Memory of the current device that is free.
std::size_t cuda_free_bytes();

/// Makes a device the one that the calling thread's buffers, streams and codecs are made on.
void use_device(int index);

/// Whether a device can be let read and write another one's memory, or is the same one.
bool device_reaches(int device, int other);

/// Where a device sits, as the system names it: "0000:1b:00.0".
std::string cuda_device_bus_id(int device);

/// Lets the current device read and write the other's memory. False where it cannot.
bool reach_device(int other);

/// Owned memory on the current device. Its contents start undefined; aligned to 256 bytes.
class DeviceBuffer {
 public:
  explicit DeviceBuffer(std::size_t bytes);
  DeviceBuffer(DeviceBuffer&& other) noexcept;
  DeviceBuffer& operator=(DeviceBuffer&& other) noexcept;
  ~DeviceBuffer();

  std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }
  template <typename T>
  T* as() const {
    return reinterpret_cast<T*>(data_);
  }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Owned page-locked host memory, which the device can also read and write. Its contents start
/// undefined.
class PinnedBuffer {
 public:
  explicit PinnedBuffer(std::size_t bytes);
  PinnedBuffer(PinnedBuffer&& other) noexcept;
  PinnedBuffer& operator=(PinnedBuffer&& other) noexcept;
  ~PinnedBuffer();

  std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }
  std::span<std::byte> bytes() const { return {data_, size_}; }
  template <typename T>
  T* as() const {
    return reinterpret_cast<T*>(data_);
  }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Memory that somebody else owns, page-locked for as long as this lives, so that the device can
/// read and write it under the same addresses. It must begin with a page.
class RegisteredMemory {
 public:
  explicit RegisteredMemory(std::span<std::byte>);
  RegisteredMemory(const RegisteredMemory&) = delete;
  RegisteredMemory& operator=(const RegisteredMemory&) = delete;
  ~RegisteredMemory();

 private:
  std::byte* data_;
};

/// What another process of this host needs to reach device memory of this one.
using IpcHandle = std::array<std::uint8_t, 64>;

/// CUDA allocates in blocks of this size, and another process sees whole ones.
inline constexpr std::size_t kIpcGranule = 2 << 20;

/// Of memory that begins an allocation of this process, such as a DeviceBuffer's.
IpcHandle export_memory(const std::byte* begin);

/// Device memory of another process, for as long as this lives: that process must not free it
/// before. The device that it lies on must be visible here too, and within the current one's reach.
class PeerMemory {
 public:
  explicit PeerMemory(const IpcHandle&);
  PeerMemory(PeerMemory&& other) noexcept;
  PeerMemory& operator=(PeerMemory&& other) noexcept;
  ~PeerMemory();

  std::byte* data() const { return data_; }

 private:
  std::byte* data_ = nullptr;
};

/// Whose work goes first where a device is short of room.
enum class StreamPriority { lowest, normal, highest };

/// An owned stream that does not wait for the default stream.
class Stream {
 public:
  explicit Stream(StreamPriority priority = StreamPriority::normal);
  Stream(Stream&& other) noexcept;
  Stream& operator=(Stream&& other) noexcept;
  ~Stream();

  void* get() const { return stream_; }

 private:
  void* stream_ = nullptr;
};

/// A point in a stream.
class Event {
 public:
  Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event();

  void record(void* stream);

  /// All before its last record is done. Does not wait.
  bool done() const;

  /// What is put into the stream from now on waits for all before the last record.
  void hold_back(void* stream) const;

  /// From the earlier event's last record to this one's; waits for this one.
  std::chrono::duration<double> since(const Event& earlier) const;

 private:
  void* event_ = nullptr;
};

/// Work that was put into a stream once, to be put there again in one step.
class Graph {
 public:
  /// What `work` puts into the stream is captured and not run.
  Graph(void* stream, const std::function<void()>& work);
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  ~Graph();

  void launch(void* stream);

 private:
  void* graph_ = nullptr;
};

/// Keeps a stream busy for at least so long, so that what follows is waiting when it begins.
void delay(std::chrono::nanoseconds, void* stream);

/// Copies between any two of device, pinned and ordinary memory, in stream order. Only to or from
/// pinned memory is it asynchronous to the host.
void copy_async(void* to, const void* from, std::size_t bytes, void* stream);

/// Waits for all that was put into the stream, and throws what went wrong in it.
void synchronize(void* stream);

}  // namespace splitbench
