#include "network/link/shared_link.hpp"

#include <atomic>
#include <fcntl.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <random>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include "network/real_loop.hpp"

namespace splitbench {
namespace {

const LinkSpec kGigabit{.bandwidth = 1'000'000'000};

bool notified(const SharedLink& link, std::uint32_t receiver) {
  eventfd_t count = 0;
  return eventfd_read(link.wakeup_descriptor(receiver), &count) == 0;
}

std::ptrdiff_t open_descriptors() {
  std::filesystem::directory_iterator all("/proc/self/fd");
  return std::distance(begin(all), end(all));
}

/// Runs the action in a child process, which then ends.
template <class Action>
void in_a_child(Action action) {
  const pid_t child = fork();
  if (child == 0) {
    action();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
}

TEST(SharedLinkTest, AnotherProcessSeesTheSameWire) {
  SharedLink link = SharedLink::create(kGigabit, 2, 1);
  in_a_child([&] { SharedLink::attach(dup(link.descriptor())).offer_now({1, 0}, 10'000'000); });

  const Delivery theirs = link.delivery({1, 0}, 0);
  EXPECT_EQ(theirs.end - theirs.start, std::chrono::milliseconds(80));
  link.offer_now({0, 0}, 10'000'000);
  EXPECT_GT(link.delivery({1, 0}, 0).end, theirs.end);  // the two share the receiver's NIC
}

TEST(SharedLinkTest, AResetWireIsEmptyAndItsRunBeginsNow) {
  SharedLink link = SharedLink::create(
      {.bandwidth = 1'000'000'000, .schedule = {{std::chrono::hours(1), 1000}}}, 1, 1);
  link.offer_now({0, 0}, 1'000'000'000);
  const auto before = RealLoop::clock_now();
  const auto origin = link.reset();
  EXPECT_GE(origin, before);
  EXPECT_EQ(link.offer_now({0, 0}, 1'000), 0u);
  EXPECT_LE(link.delivery({0, 0}, 0).end - RealLoop::clock_now(), std::chrono::microseconds(8));
}

TEST(SharedLinkTest, AReceiverIsNotifiedWhenItsChunksWillComeEarlier) {
  SharedLink link = SharedLink::create(kGigabit, 1, 2);
  link.offer_now({0, 0}, 10'000'000);
  link.offer_now({0, 1}, 10'000'000);
  EXPECT_FALSE(notified(link, 0) || notified(link, 1));  // a later arrival is not urgent
  in_a_child([&] { SharedLink::attach(dup(link.descriptor())).abandon_now({0, 1}); });
  EXPECT_TRUE(notified(link, 0));
  EXPECT_FALSE(notified(link, 1));
  EXPECT_FALSE(notified(link, 0));
}

TEST(SharedLinkTest, ChildrenInheritEveryDescriptor) {
  const SharedLink link = SharedLink::create(kGigabit, 1, 2);
  for (const int each : {link.descriptor(), link.wakeup_descriptor(0), link.wakeup_descriptor(1)})
    EXPECT_EQ(fcntl(each, F_GETFD), 0);
}

TEST(SharedLinkTest, LeavesNoDescriptorOpenWhateverHappens) {
  const auto open = open_descriptors();
  SharedLink::create(kGigabit, 2, 2);
  EXPECT_EQ(open_descriptors(), open);
  const int pipe_end = dup(STDIN_FILENO);
  EXPECT_THROW(SharedLink::attach(pipe_end), std::system_error);
  EXPECT_EQ(open_descriptors(), open);

  rlimit usual;
  getrlimit(RLIMIT_NOFILE, &usual);
  const rlimit few{static_cast<rlim_t>(open + 1), usual.rlim_max};  // one was that of the listing
  setrlimit(RLIMIT_NOFILE, &few);
  EXPECT_THROW(SharedLink::create(kGigabit, 1, 40), std::system_error);
  setrlimit(RLIMIT_NOFILE, &usual);
  EXPECT_EQ(open_descriptors(), open);
}

/// Children that offer and abandon in a loop are killed at arbitrary moments. However far they
/// came, a chunk that was reported to a child is there, at most one more was offered, and the wire
/// continues to work.
TEST(SharedLinkTest, SurvivesProcessesThatDieWhileTheyUseTheTable) {
  auto* told = static_cast<std::atomic<std::uint64_t>*>(
      mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  std::mt19937 random(1);
  for (const Discipline discipline : {Discipline::fair, Discipline::fifo})
    for (int trial = 0; trial < 40; ++trial) {
      SharedLink link =
          SharedLink::create({.bandwidth = 8'000'000'000, .discipline = discipline}, 2, 1);
      *told = 0;
      const pid_t child = fork();
      if (child == 0)
        for (;;) {
          *told = link.offer_now({0, 0}, 5'000'000) + 1;
          if (*told % 3 == 0) link.abandon_now({0, 0});
          if (*told % 7 == 0) link.offer_now({1, 0}, 1);
        }
      usleep(static_cast<useconds_t>(500 + random() % 2000));
      kill(child, SIGKILL);
      waitpid(child, nullptr, 0);

      link.abandon_now({0, 0});
      link.abandon_now({1, 0});
      const std::uint64_t next = link.offer_now({0, 0}, 1000);
      EXPECT_GE(next, *told);
      EXPECT_LE(next, *told + 1);
      const Delivery d = link.delivery({0, 0}, next);
      EXPECT_EQ(d.end - d.ready, std::chrono::microseconds(1));
    }
  munmap(told, 4096);
}

TEST(SharedLinkTest, AReceiverThatWasAboutToBeNotifiedIsNotifiedByTheNextSender) {
  SharedLink link = SharedLink::create(kGigabit, 1, 1);
  bool recovered = false;
  for (int trial = 0; trial < 200 && !recovered; ++trial) {
    const pid_t child = fork();
    if (child == 0)
      for (;;) link.reset();
    usleep(300);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    link.offer_now({0, 0}, 1000);
    recovered = notified(link, 0);  // true once the child was killed while it held the mutex
  }
  EXPECT_TRUE(recovered);
}

}  // namespace
}  // namespace splitbench
