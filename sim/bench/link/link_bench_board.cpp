#include "sim/bench/link/link_bench_board.hpp"

#include <cerrno>
#include <new>
#include <sys/mman.h>
#include <sys/resource.h>
#include <system_error>
#include <thread>

namespace splitbench {
namespace {

constexpr std::size_t kMeetingsAt = alignof(std::max_align_t);  // after the ports
static_assert(kMeetingsAt >= 2 * sizeof(std::atomic<std::uint32_t>));

std::uint16_t wait_for(const std::atomic<std::uint32_t>& port) {
  while (port == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
  return static_cast<std::uint16_t>(port);
}

}  // namespace

SharedPages::SharedPages(std::size_t bytes) {
  void* address = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (address == MAP_FAILED)
    throw std::system_error(errno, std::generic_category(), "map memory to share with processes");
  memory_ = {static_cast<std::byte*>(address), bytes};
}

SharedPages::~SharedPages() {
  munmap(memory_.data(), memory_.size());
}

BenchBoard::BenchBoard(std::uint32_t transfers, std::uint32_t flows)
    : transfers_(transfers),
      flows_(flows),
      pages_(kMeetingsAt + transfers * (sizeof(Meeting) + flows * sizeof(FlowStamps))) {
  std::byte* at = pages_.data();
  std::uninitialized_value_construct_n(reinterpret_cast<std::atomic<std::uint32_t>*>(at), 2);
  at += kMeetingsAt;
  std::uninitialized_value_construct_n(reinterpret_cast<Meeting*>(at), transfers);
  at += transfers * sizeof(Meeting);
  std::uninitialized_value_construct_n(reinterpret_cast<FlowStamps*>(at),
                                       std::size_t{transfers} * flows);
}

std::span<std::atomic<std::uint32_t>, 2> BenchBoard::ports() const {
  return std::span<std::atomic<std::uint32_t>, 2>(
      std::launder(reinterpret_cast<std::atomic<std::uint32_t>*>(pages_.data())), 2);
}

std::span<BenchBoard::Meeting> BenchBoard::meetings() const {
  return {std::launder(reinterpret_cast<Meeting*>(pages_.data() + kMeetingsAt)), transfers_};
}

std::span<FlowStamps> BenchBoard::all_stamps() const {
  std::byte* at = pages_.data() + kMeetingsAt + transfers_ * sizeof(Meeting);
  return {std::launder(reinterpret_cast<FlowStamps*>(at)), std::size_t{transfers_} * flows_};
}

std::uint16_t BenchBoard::port() const {
  return wait_for(listening());
}

std::uint16_t BenchBoard::caller() const {
  return wait_for(calling());
}

void BenchBoard::arrive(std::uint32_t transfer, Time now) {
  constexpr Time kUntilAllHaveSeen{1'000'000};
  Meeting& meeting = meetings()[transfer];
  if (++meeting.ready < flows_) return;
  meeting.begin = (flows_ == 1 ? now : now + kUntilAllHaveSeen).count();
}

Time cpu_time() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto time = [](const timeval& t) {
    return std::chrono::seconds(t.tv_sec) + std::chrono::microseconds(t.tv_usec);
  };
  return time(usage.ru_utime) + time(usage.ru_stime);
}

}  // namespace splitbench
