#include "network/link/shared_link.hpp"

#include <cassert>
#include <cerrno>
#include <new>
#include <pthread.h>
#include <sys/eventfd.h>
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

}  // namespace

/// The means to notify one receiver.
struct SharedLink::Wakeup {
  int descriptor;
  std::uint64_t told;  ///< last epoch that the receiver was notified of
};

struct alignas(64) SharedLink::Header {
  pthread_mutex_t mutex;
  std::uint32_t senders;
  std::uint32_t receivers;

  static std::size_t bytes_before_table(std::uint32_t receivers) {
    return (sizeof(Header) + receivers * sizeof(Wakeup) + 63) / 64 * 64;
  }
  std::span<Wakeup> wakeups() { return {reinterpret_cast<Wakeup*>(this + 1), receivers}; }
  std::span<std::byte> table() {
    return {reinterpret_cast<std::byte*>(this) + bytes_before_table(receivers),
            Link::bytes_needed(senders, receivers)};
  }
};

/// Holds the mutex, and before releasing it notifies the receivers that the table's changes
/// concern: a process that is killed in between leaves that, too, to the next one that takes the
/// mutex.
class SharedLink::Lock {
 public:
  explicit Lock(Header& header) : link(Link::attach(header.table())), header_(header) {
    const int error = pthread_mutex_lock(&header_.mutex);
    if (error == EOWNERDEAD) {
      link.recover();
      pthread_mutex_consistent(&header_.mutex);
    } else if (error != 0) {
      fail("lock the link's table", error);
    }
  }
  ~Lock() {
    std::uint32_t receiver = 0;
    for (Wakeup& wakeup : header_.wakeups()) {
      const std::uint64_t epoch = link.epoch(receiver++);
      if (epoch != wakeup.told) eventfd_write(wakeup.descriptor, 1);
      wakeup.told = epoch;
    }
    pthread_mutex_unlock(&header_.mutex);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  Link link;

 private:
  Header& header_;
};

SharedLink SharedLink::create(const LinkSpec& spec, std::uint32_t senders,
                              std::uint32_t receivers) {
  Descriptor memory =
      checked(memfd_create("splitbench-link", 0), "create shared memory for the link");
  const std::size_t bytes =
      Header::bytes_before_table(receivers) + Link::bytes_needed(senders, receivers);
  if (ftruncate(memory.number(), static_cast<off_t>(bytes)) != 0)
    fail("size the link's memory", errno);

  SharedLink link(std::move(memory));
  auto* header =
      new (link.memory_.data()) Header{.mutex = {}, .senders = senders, .receivers = receivers};
  for (Wakeup& wakeup : header->wakeups()) {
    link.wakeups_.push_back(checked(eventfd(0, EFD_NONBLOCK), "create a wake-up of a receiver"));
    wakeup = {.descriptor = link.wakeups_.back().number(), .told = 0};
  }
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  const int error = pthread_mutex_init(&header->mutex, &attributes);
  pthread_mutexattr_destroy(&attributes);
  if (error != 0) fail("make the link's mutex", error);
  Link::initialize(header->table(), spec, senders, receivers, RealLoop::clock_now());
  return link;
}

SharedLink SharedLink::attach(int descriptor) {
  return SharedLink(Descriptor(descriptor));
}

SharedLink::SharedLink(Descriptor memory) : descriptor_(std::move(memory)) {
  struct stat status;
  if (fstat(descriptor(), &status) != 0) fail("look at the link's memory", errno);
  const auto bytes = static_cast<std::size_t>(status.st_size);
  void* address = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor(), 0);
  if (address == MAP_FAILED) fail("map the link's memory", errno);
  memory_ = {static_cast<std::byte*>(address), bytes};
}

SharedLink::SharedLink(SharedLink&& other) noexcept
    : descriptor_(std::move(other.descriptor_)),
      wakeups_(std::move(other.wakeups_)),
      memory_(std::exchange(other.memory_, {})) {}

SharedLink::~SharedLink() {
  if (!memory_.empty()) munmap(memory_.data(), memory_.size());
}

SharedLink::Header& SharedLink::header() const {
  return *std::launder(reinterpret_cast<Header*>(memory_.data()));
}

std::uint64_t SharedLink::offer_now(FlowId flow, std::uint64_t bytes) {
  Lock lock(header());
  return lock.link.offer(RealLoop::clock_now(), flow, bytes);
}

std::uint64_t SharedLink::offered(FlowId flow) const {
  const Lock lock(header());
  return lock.link.offered(flow);
}

Delivery SharedLink::delivery(FlowId flow, std::uint64_t chunk) const {
  const Lock lock(header());
  return lock.link.delivery(flow, chunk);
}

void SharedLink::abandon_now(FlowId flow) {
  Lock lock(header());
  lock.link.abandon(RealLoop::clock_now(), flow);
}

Link::Time SharedLink::reset() {
  Lock lock(header());
  const Link::Time origin = RealLoop::clock_now();
  lock.link.reset(origin);
  return origin;
}

int SharedLink::wakeup_descriptor(std::uint32_t receiver) const {
  assert(receiver < header().receivers);
  return header().wakeups()[receiver].descriptor;
}

}  // namespace splitbench
