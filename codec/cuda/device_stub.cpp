#include "codec/cuda/device.hpp"
#include "codec/errors.hpp"

namespace splitbench {
namespace {

[[noreturn]] void refuse() {
  throw Unavailable("this program was built without CUDA");
}

}  // namespace

int cuda_device_count() {
  return 0;
}

std::string cuda_device_name() {
  refuse();
}
int cuda_driver_version() {
  refuse();
}
std::size_t cuda_free_bytes() {
  refuse();
}
void use_device(int) {
  refuse();
}
bool device_reaches(int, int) {
  return false;
}
std::string cuda_device_bus_id(int) {
  refuse();
}
bool reach_device(int) {
  refuse();
}

DeviceBuffer::DeviceBuffer(std::size_t) {
  refuse();
}
DeviceBuffer::DeviceBuffer(DeviceBuffer&&) noexcept = default;
DeviceBuffer& DeviceBuffer::operator=(DeviceBuffer&&) noexcept = default;
DeviceBuffer::~DeviceBuffer() = default;

PinnedBuffer::PinnedBuffer(std::size_t) {
  refuse();
}
PinnedBuffer::PinnedBuffer(PinnedBuffer&&) noexcept = default;
PinnedBuffer& PinnedBuffer::operator=(PinnedBuffer&&) noexcept = default;
PinnedBuffer::~PinnedBuffer() = default;

RegisteredMemory::RegisteredMemory(std::span<std::byte>) {
  refuse();
}
RegisteredMemory::~RegisteredMemory() = default;

IpcHandle export_memory(const std::byte*) {
  refuse();
}

PeerMemory::PeerMemory(const IpcHandle&) {
  refuse();
}
PeerMemory::PeerMemory(PeerMemory&&) noexcept = default;
PeerMemory& PeerMemory::operator=(PeerMemory&&) noexcept = default;
PeerMemory::~PeerMemory() = default;

Stream::Stream(StreamPriority) {
  refuse();
}
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;
Stream::~Stream() = default;

Event::Event() {
  refuse();
}
Event::~Event() = default;
void Event::record(void*) {
  refuse();
}
bool Event::done() const {
  refuse();
}
void Event::hold_back(void*) const {
  refuse();
}
std::chrono::duration<double> Event::since(const Event&) const {
  refuse();
}

Graph::Graph(void*, const std::function<void()>&) {
  refuse();
}
Graph::~Graph() = default;
void Graph::launch(void*) {
  refuse();
}

void delay(std::chrono::nanoseconds, void*) {
  refuse();
}
void copy_async(void*, const void*, std::size_t, void*) {
  refuse();
}
void synchronize(void*) {
  refuse();
}

}  // namespace splitbench
