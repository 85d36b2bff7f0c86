#include "network/shared_link.hpp"

#include <cerrno>
#include <new>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "network/real_loop.hpp"

namespace splitbench {
namespace {

[[noreturn]] void fail(const char* attempt, int error) {
  throw std::system_error(error, std::generic_category(), attempt);
}

/// Holds the mutex; a process that died with it in hand left a table that is at worst one offer
/// old.
class Lock {
 public:
  explicit Lock(pthread_mutex_t& mutex) : mutex_(mutex) {
    const int error = pthread_mutex_lock(&mutex_);
    if (error == EOWNERDEAD)
      pthread_mutex_consistent(&mutex_);
    else if (error != 0)
      fail("lock the link's table", error);
  }
  ~Lock() { pthread_mutex_unlock(&mutex_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  pthread_mutex_t& mutex_;
};

}  // namespace

struct alignas(64) SharedLink::Header {
  pthread_mutex_t mutex;
  LinkSpec spec;
  std::uint32_t senders;
  std::uint32_t receivers;

  std::span<std::byte> table() {
    return {reinterpret_cast<std::byte*>(this + 1), Link::bytes_needed(senders, receivers)};
  }
};

SharedLink SharedLink::create(const LinkSpec& spec, std::uint32_t senders,
                              std::uint32_t receivers) {
  const int descriptor = memfd_create("splitbench-link", 0);
  if (descriptor < 0) fail("create shared memory for the link", errno);
  const std::size_t bytes = sizeof(Header) + Link::bytes_needed(senders, receivers);
  if (ftruncate(descriptor, static_cast<off_t>(bytes)) != 0) fail("size the link's memory", errno);

  SharedLink link(descriptor);
  auto* header = new (link.memory_.data())
      Header{.mutex = {}, .spec = spec, .senders = senders, .receivers = receivers};
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  const int error = pthread_mutex_init(&header->mutex, &attributes);
  pthread_mutexattr_destroy(&attributes);
  if (error != 0) fail("make the link's mutex", error);
  Link::initialize(header->table(), spec, senders, receivers);
  return link;
}

SharedLink SharedLink::attach(int descriptor) {
  return SharedLink(descriptor);
}

SharedLink::SharedLink(int descriptor) : descriptor_(descriptor) {
  struct stat status;
  if (fstat(descriptor, &status) != 0) fail("look at the link's memory", errno);
  const auto bytes = static_cast<std::size_t>(status.st_size);
  void* address = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (address == MAP_FAILED) fail("map the link's memory", errno);
  memory_ = {static_cast<std::byte*>(address), bytes};
}

SharedLink::SharedLink(SharedLink&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      memory_(std::exchange(other.memory_, {})) {}

SharedLink::~SharedLink() {
  if (!memory_.empty()) munmap(memory_.data(), memory_.size());
  if (descriptor_ >= 0) close(descriptor_);
}

std::uint64_t SharedLink::offer_now(FlowId flow, std::uint64_t bytes) {
  auto& header = *reinterpret_cast<Header*>(memory_.data());
  const Lock lock(header.mutex);
  return Link::attach(header.table()).offer(RealLoop::clock_now(), flow, bytes);
}

Delivery SharedLink::delivery(FlowId flow, std::uint64_t chunk) const {
  auto& header = *reinterpret_cast<Header*>(memory_.data());
  const Lock lock(header.mutex);
  return Link::attach(header.table()).delivery(flow, chunk);
}

void SharedLink::reset() {
  auto& header = *reinterpret_cast<Header*>(memory_.data());
  const Lock lock(header.mutex);
  Link::initialize(header.table(), header.spec, header.senders, header.receivers);
}

}  // namespace splitbench
