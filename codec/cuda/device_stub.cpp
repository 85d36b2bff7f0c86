#include "codec/cuda/device.hpp"
#include "codec/unavailable.hpp"

namespace splitbench {
namespace {

[[noreturn]] void refuse() {
  throw Unavailable("this program was built without CUDA");
}

}  // namespace

int cuda_device_count() {
  return 0;
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

Stream::Stream() {
  refuse();
}
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;
Stream::~Stream() = default;

void copy_async(void*, const void*, std::size_t, void*) {
  refuse();
}
void synchronize(void*) {
  refuse();
}

}  // namespace splitbench
