#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "codec/cuda/device.cuh"
#include "codec/cuda/device.hpp"

namespace splitbench {
namespace {

__global__ void wait_nanoseconds(std::int64_t duration) {
  const auto now = [] {
    std::int64_t time;
    asm volatile("mov.u64 %0, %globaltimer;" : "=l"(time));
    return time;
  };
  const std::int64_t begin = now();
  while (now() - begin < duration) {
  }
}

}  // namespace

int cuda_device_count() {
  int devices = 0;
  if (cudaGetDeviceCount(&devices) == cudaSuccess) return devices;
  cudaGetLastError();  // clears the error, which the next launch would find otherwise
  return 0;
}

std::string cuda_device_name() {
  int device;
  cudaDeviceProp properties;
  check(cudaGetDevice(&device), "ask for the current device");
  check(cudaGetDeviceProperties(&properties, device), "ask for the device's name");
  return properties.name;
}

int cuda_driver_version() {
  int version;
  check(cudaDriverGetVersion(&version), "ask for the driver's version");
  return version;
}

std::size_t cuda_free_bytes() {
  std::size_t free, all;
  check(cudaMemGetInfo(&free, &all), "ask for free memory");
  return free;
}

void use_device(int index) {
  check(cudaSetDevice(index), "use device " + std::to_string(index));
}

bool device_reaches(int device, int other) {
  if (device == other) return true;
  int can;
  check(cudaDeviceCanAccessPeer(&can, device, other), "ask whether a device can be reached");
  return can != 0;
}

std::string cuda_device_bus_id(int device) {
  char id[32] = "";
  check(cudaDeviceGetPCIBusId(id, sizeof id, device), "ask where a device sits");
  std::string lower = id;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower;
}

bool reach_device(int other) {
  int device, can;
  check(cudaGetDevice(&device), "ask for the current device");
  check(cudaDeviceCanAccessPeer(&can, device, other), "ask whether a device can be reached");
  if (can == 0) return false;
  const cudaError_t status = cudaDeviceEnablePeerAccess(other, 0);
  if (status == cudaErrorPeerAccessAlreadyEnabled) {
    cudaGetLastError();
    return true;
  }
  check(status, "reach device " + std::to_string(other));
  return true;
}

DeviceBuffer::DeviceBuffer(std::size_t bytes) : size_(bytes) {
  if (bytes == 0) return;
  check(cudaMalloc(&data_, bytes), "allocate " + std::to_string(bytes) + " bytes on the device");
}
DeviceBuffer::DeviceBuffer(DeviceBuffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
DeviceBuffer& DeviceBuffer::operator=(DeviceBuffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}
DeviceBuffer::~DeviceBuffer() {
  cudaFree(data_);
}

PinnedBuffer::PinnedBuffer(std::size_t bytes) : size_(bytes) {
  if (bytes == 0) return;
  check(cudaMallocHost(&data_, bytes),
        "allocate " + std::to_string(bytes) + " bytes of pinned memory");
}
PinnedBuffer::PinnedBuffer(PinnedBuffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
PinnedBuffer& PinnedBuffer::operator=(PinnedBuffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}
PinnedBuffer::~PinnedBuffer() {
  cudaFreeHost(data_);
}

RegisteredMemory::RegisteredMemory(std::span<std::byte> memory) : data_(memory.data()) {
  const std::string bytes = std::to_string(memory.size()) + " bytes of host memory";
  check(cudaHostRegister(data_, memory.size(), cudaHostRegisterDefault), "page-lock " + bytes);
  void* address = nullptr;
  const cudaError_t status = cudaHostGetDevicePointer(&address, data_, 0);
  if (status == cudaSuccess && address == data_) return;
  cudaHostUnregister(data_);
  check(status, "map " + bytes);
  throw CudaError("map " + bytes + ": the device sees them under another address");
}
RegisteredMemory::~RegisteredMemory() {
  cudaHostUnregister(data_);
}

IpcHandle export_memory(const std::byte* begin) {
  static_assert(sizeof(IpcHandle) == sizeof(cudaIpcMemHandle_t));
  cudaIpcMemHandle_t handle;
  check(cudaIpcGetMemHandle(&handle, const_cast<std::byte*>(begin)), "export device memory");
  IpcHandle bytes;
  std::memcpy(bytes.data(), &handle, sizeof handle);
  return bytes;
}

PeerMemory::PeerMemory(const IpcHandle& bytes) {
  cudaIpcMemHandle_t handle;
  std::memcpy(&handle, bytes.data(), sizeof handle);
  void* data = nullptr;
  check(cudaIpcOpenMemHandle(&data, handle, cudaIpcMemLazyEnablePeerAccess),
        "open device memory of another process");
  data_ = static_cast<std::byte*>(data);
}
PeerMemory::PeerMemory(PeerMemory&& other) noexcept : data_(std::exchange(other.data_, nullptr)) {}
PeerMemory& PeerMemory::operator=(PeerMemory&& other) noexcept {
  std::swap(data_, other.data_);
  return *this;
}
PeerMemory::~PeerMemory() {
  if (data_ != nullptr) cudaIpcCloseMemHandle(data_);
}

Stream::Stream(StreamPriority priority) {
  int lowest, highest;
  check(cudaDeviceGetStreamPriorityRange(&lowest, &highest), "ask for the priorities of streams");
  const int wanted = priority == StreamPriority::lowest    ? lowest
                     : priority == StreamPriority::highest ? highest
                                                           : (lowest + highest) / 2;
  cudaStream_t stream = nullptr;
  check(cudaStreamCreateWithPriority(&stream, cudaStreamNonBlocking, wanted), "create a stream");
  stream_ = stream;
}
Stream::Stream(Stream&& other) noexcept : stream_(std::exchange(other.stream_, nullptr)) {}
Stream& Stream::operator=(Stream&& other) noexcept {
  std::swap(stream_, other.stream_);
  return *this;
}
Stream::~Stream() {
  if (stream_ != nullptr) cudaStreamDestroy(static_cast<cudaStream_t>(stream_));
}

Event::Event() {
  cudaEvent_t event = nullptr;
  check(cudaEventCreate(&event), "create an event");
  event_ = event;
}
Event::~Event() {
  cudaEventDestroy(static_cast<cudaEvent_t>(event_));
}

void Event::record(void* stream) {
  check(cudaEventRecord(static_cast<cudaEvent_t>(event_), static_cast<cudaStream_t>(stream)),
        "record an event");
}

bool Event::done() const {
  const cudaError_t status = cudaEventQuery(static_cast<cudaEvent_t>(event_));
  if (status == cudaErrorNotReady) {
    cudaGetLastError();  // no error to find at the next launch
    return false;
  }
  check(status, "ask whether an event has happened");
  return true;
}

void Event::hold_back(void* stream) const {
  check(cudaStreamWaitEvent(static_cast<cudaStream_t>(stream), static_cast<cudaEvent_t>(event_)),
        "let a stream wait for an event");
}

std::chrono::duration<double> Event::since(const Event& earlier) const {
  float milliseconds;
  check(cudaEventSynchronize(static_cast<cudaEvent_t>(event_)), "wait for an event");
  check(cudaEventElapsedTime(&milliseconds, static_cast<cudaEvent_t>(earlier.event_),
                             static_cast<cudaEvent_t>(event_)),
        "read the time between events");
  return std::chrono::duration<double, std::milli>(milliseconds);
}

Graph::Graph(void* stream, const std::function<void()>& work) {
  const auto queue = static_cast<cudaStream_t>(stream);
  cudaGraph_t captured = nullptr;
  check(cudaStreamBeginCapture(queue, cudaStreamCaptureModeThreadLocal), "begin a capture");
  try {
    work();
  } catch (...) {
    cudaStreamEndCapture(queue, &captured);
    if (captured != nullptr) cudaGraphDestroy(captured);
    throw;
  }
  check(cudaStreamEndCapture(queue, &captured), "end a capture");
  cudaGraphExec_t graph = nullptr;
  const cudaError_t status = cudaGraphInstantiate(&graph, captured, 0);
  cudaGraphDestroy(captured);
  check(status, "instantiate a graph");
  graph_ = graph;
}
Graph::~Graph() {
  cudaGraphExecDestroy(static_cast<cudaGraphExec_t>(graph_));
}

void Graph::launch(void* stream) {
  check(cudaGraphLaunch(static_cast<cudaGraphExec_t>(graph_), static_cast<cudaStream_t>(stream)),
        "launch a graph");
}

void delay(std::chrono::nanoseconds duration, void* stream) {
  wait_nanoseconds<<<1, 1, 0, static_cast<cudaStream_t>(stream)>>>(duration.count());
  check_launch("wait_nanoseconds");
}

void copy_async(void* to, const void* from, std::size_t bytes, void* stream) {
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, static_cast<cudaStream_t>(stream)),
        "copy " + std::to_string(bytes) + " bytes");
}

void synchronize(void* stream) {
  check(cudaStreamSynchronize(static_cast<cudaStream_t>(stream)), "wait for a stream");
}

}  // namespace splitbench
