#include "network/shared_link.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "network/real_loop.hpp"

namespace splitbench {
namespace {

constexpr LinkSpec kGigabit{.bandwidth = 1'000'000'000};

TEST(SharedLinkTest, AnotherProcessSeesTheSameWire) {
  SharedLink link = SharedLink::create(kGigabit, 2, 1);
  const pid_t child = fork();
  if (child == 0) {
    SharedLink attached = SharedLink::attach(dup(link.descriptor()));
    attached.offer_now({1, 0}, 10'000'000);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);

  const Delivery theirs = link.delivery({1, 0}, 0);
  EXPECT_EQ(theirs.end - theirs.start, std::chrono::milliseconds(80));
  link.offer_now({0, 0}, 10'000'000);
  EXPECT_GT(link.delivery({1, 0}, 0).end, theirs.end);  // the two share the receiver's NIC
}

TEST(SharedLinkTest, SurvivesAProcessThatDiesWhileItUsesTheTable) {
  SharedLink link = SharedLink::create(kGigabit, 1, 1);
  const pid_t child = fork();
  if (child == 0)
    for (;;) link.reset();
  usleep(2000);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  link.reset();
  EXPECT_EQ(link.offer_now({0, 0}, 1000), 0u);
}

TEST(SharedLinkTest, AResetWireIsEmpty) {
  SharedLink link = SharedLink::create(kGigabit, 1, 1);
  link.offer_now({0, 0}, 1'000'000'000);
  link.reset();
  const auto chunk = link.offer_now({0, 0}, 1'000);
  EXPECT_LE(link.delivery({0, 0}, chunk).end - RealLoop::clock_now(), std::chrono::microseconds(8));
}

}  // namespace
}  // namespace splitbench
