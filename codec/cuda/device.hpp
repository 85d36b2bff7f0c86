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
// headers. A stream is an opaque `void*` (cudaStream_t; null is the default stream). Objects are
// made on the calling thread's current device and are not thread-safe; functions may be called from
// any thread.
//
// Without CUDA every function but cuda_device_count, cuda_available and device_reaches throws
// Unavailable; if a call to CUDA fails, they throw CudaError, destructors excepted.

/// A failed call to CUDA: what was attempted, and CUDA's message, as in "allocate 1024 bytes on the
/// device: out of memory".
class CudaError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Returns the number of devices that this process may use: none if the program was built without
/// CUDA. Does not throw.
int cuda_device_count();

/// Returns whether this program was built with CUDA and this machine has a device.
inline bool cuda_available() {
  return cuda_device_count() > 0;
}

/// Returns the current device's name, such as "NVIDIA H200".
std::string cuda_device_name();
/// Returns the version of CUDA that the driver supports, 13000 for 13.0.
int cuda_driver_version();

/// Returns the free memory of the current device in bytes.
std::size_t cuda_free_bytes();

/// Makes a device the current one of the calling thread, on which its buffers, streams and codecs
/// are made.
void use_device(int index);

/// Returns whether a device can be given access to another one's memory, or is the same one.
bool device_reaches(int device, int other);

/// Returns a device's PCI bus id as the system names it: "0000:1b:00.0".
std::string cuda_device_bus_id(int device);

/// Lets the current device read and write the other's memory. Returns false if it cannot.
bool reach_device(int other);

/// Owned memory on the current device. Its contents start undefined; aligned to 256 bytes. An empty
/// buffer has null data.
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

/// Owned page-locked (pinned) host memory, which the device can also read and write. Its contents
/// start undefined. An empty buffer has null data.
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

/// Memory that somebody else owns and that outlives this, page-locked for as long as this lives, so
/// that the device can read and write it under the same addresses. It must begin with a page.
class RegisteredMemory {
 public:
  explicit RegisteredMemory(std::span<std::byte>);
  RegisteredMemory(const RegisteredMemory&) = delete;
  RegisteredMemory& operator=(const RegisteredMemory&) = delete;
  ~RegisteredMemory();

 private:
  std::byte* data_;
};

/// The handle with which another process of this host can open device memory of this one.
using IpcHandle = std::array<std::uint8_t, 64>;

/// The size in bytes of the blocks in which CUDA allocates; another process sees whole ones.
inline constexpr std::size_t kIpcGranule = 2 << 20;

/// Returns the handle of an allocation of this process that starts at `begin`, such as a
/// DeviceBuffer's. The memory must stay allocated for as long as another process has it open.
IpcHandle export_memory(const std::byte* begin);

/// Device memory of another process, open for as long as this lives: that process must not free it
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

/// The priority of a stream's work while the device is short of room.
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

/// A point in a stream, with the time at which the stream reached it.
class Event {
 public:
  Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event();

  /// Marks the stream's end as it is now; replaces the last record.
  void record(void* stream);

  /// Returns whether all work before the last record is done. Does not wait.
  bool done() const;

  /// Makes work that is put into the stream from now on wait for all work before the last record.
  void hold_back(void* stream) const;

  /// Returns the time from the earlier event's last record to this one's; waits for this one.
  std::chrono::duration<double> since(const Event& earlier) const;

 private:
  void* event_ = nullptr;
};

/// Work that is captured from a stream once, and can be launched as often as one likes in one step.
class Graph {
 public:
  /// Captures what `work` puts into the stream, without running it. Pointers that the work uses
  /// must stay valid for every launch. Rethrows what `work` throws.
  Graph(void* stream, const std::function<void()>& work);
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  ~Graph();

  void launch(void* stream);

 private:
  void* graph_ = nullptr;
};

/// Keeps a stream busy for at least so long, so that what follows is waiting when it begins. Does
/// not wait itself.
void delay(std::chrono::nanoseconds, void* stream);

/// Copies between any two of device, pinned and ordinary memory, in stream order. A copy to or from
/// ordinary host memory may make the calling thread wait.
void copy_async(void* to, const void* from, std::size_t bytes, void* stream);

/// Waits for all work in the stream, and throws CudaError for what went wrong in it.
void synchronize(void* stream);

}  // namespace splitbench
