#include <cstring>
#include <functional>
#include <gtest/gtest.h>
#include <optional>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "network/link/link.hpp"

namespace splitbench {
namespace {

using Time = Link::Time;
using Image = std::vector<std::byte>;
using Action = std::function<void(Link)>;

constexpr FlowId kFirst{0, 0}, kSecond{1, 0};

/// Memory that is shared with a child process.
class SharedMemory {
 public:
  explicit SharedMemory(const Image& image) : size_(image.size()) {
    address_ = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    std::memcpy(address_, image.data(), size_);
  }
  ~SharedMemory() { munmap(address_, size_); }
  SharedMemory(const SharedMemory&) = delete;

  std::span<std::byte> bytes() const { return {static_cast<std::byte*>(address_), size_}; }
  bool equals(const Image& image) const { return std::memcmp(address_, image.data(), size_) == 0; }

 private:
  void* address_ = MAP_FAILED;
  std::size_t size_;
};

/// Returns the memory that a process killed between any two instructions of the action would leave:
/// the child that acts runs one instruction at a time. Returns nothing if processes cannot be
/// traced.
std::optional<std::vector<Image>> images_during(const Image& start, const Action& action) {
  const SharedMemory memory(start);
  const pid_t child = fork();
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(1);
    raise(SIGSTOP);
    action(Link::attach(memory.bytes()));
    raise(SIGSTOP);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFSTOPPED(status)) return std::nullopt;
  std::vector<Image> images = {start};
  do {
    if (ptrace(PTRACE_SINGLESTEP, child, nullptr, nullptr) != 0) break;
    waitpid(child, &status, 0);
    if (!memory.equals(images.back()))
      images.emplace_back(memory.bytes().begin(), memory.bytes().end());
  } while (WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  return images;
}

class LinkCrashTest : public testing::TestWithParam<Discipline> {
 protected:
  /// Returns a busy wire: chunks that are through, under way and waiting, of two flows that share a
  /// NIC.
  Image busy() const {
    constexpr std::uint32_t kSenders = 2, kReceivers = 1;
    Image image(Link::bytes_needed(kSenders, kReceivers));
    Link link = Link::initialize(image,
                                 {.bandwidth = 8'000'000'000,
                                  .latency = Time(7),
                                  .jitter = Time(90),
                                  .discipline = GetParam()},
                                 kSenders, kReceivers);
    for (const FlowId flow : {kFirst, kSecond, kFirst}) link.offer(Time(0), flow, 1000);
    link.offer(Time(2500), kSecond, 500);
    link.offer(Time(2500), kFirst, 700);
    return image;
  }

  /// Returns all that can be observed of a wire now and after two more offers.
  static std::vector<Time> seen(Image image) {
    Link link = Link::attach(image);
    std::vector<Time> times;
    for (const FlowId flow : {kFirst, kSecond}) {
      const std::uint64_t last = link.offer(Time(4000), flow, 100);
      for (std::uint64_t i = 0; i <= last; ++i) {
        const Delivery d = link.delivery(flow, i);
        times.insert(times.end(), {d.ready, d.start, d.end, d.arrival});
      }
    }
    return times;
  }

  static Image after(Image image, const Action& action) {
    action(Link::attach(image));
    return image;
  }

  static std::uint64_t epoch_of(Image image) { return Link::attach(image).epoch(0); }

  /// Checks that a killed process leaves, once recovered, all of its action or nothing of it.
  void expect_all_or_nothing(const Action& action) const {
    const Image start = busy();
    const std::vector<Time> nothing = seen(start), all = seen(after(start, action));
    ASSERT_NE(nothing, all);
    const auto images = images_during(start, action);
    if (!images) GTEST_SKIP() << "a process cannot be traced here";
    bool done = false;
    for (const Image& image : *images) {
      const Image recovered = after(image, [](Link link) { link.recover(); });
      const std::vector<Time> found = seen(recovered);
      EXPECT_TRUE(found == all || (!done && found == nothing));
      done |= found == all;
      EXPECT_GT(epoch_of(recovered), epoch_of(image));
    }
    EXPECT_TRUE(done);
    EXPECT_GT(images->size(), 10u);  // stores were seen one by one
  }
};

TEST_P(LinkCrashTest, AnOfferIsMadeWhollyOrNotAtAll) {
  expect_all_or_nothing([](Link link) { link.offer(Time(2600), kSecond, 900); });
}

TEST_P(LinkCrashTest, AFlowIsAbandonedWhollyOrNotAtAll) {
  expect_all_or_nothing([](Link link) { link.abandon(Time(2600), kFirst); });
}

TEST_P(LinkCrashTest, AWireIsResetWhollyOrNotAtAll) {
  expect_all_or_nothing([](Link link) { link.reset(Time(3000)); });
}

TEST_P(LinkCrashTest, ARecoveryMayBeKilledToo) {
  const Action action = [](Link link) { link.abandon(Time(2600), kFirst); };
  const Image start = busy();
  const std::vector<Time> all = seen(after(start, action));
  const auto images = images_during(start, action);
  if (!images) GTEST_SKIP() << "a process cannot be traced here";
  const Image& halfway = (*images)[images->size() - 3];
  const auto recoveries = images_during(halfway, [](Link link) { link.recover(); });
  for (const Image& image : *recoveries) {
    const std::vector<Time> found = seen(after(image, [](Link link) { link.recover(); }));
    EXPECT_EQ(found, all);
  }
}

INSTANTIATE_TEST_SUITE_P(Disciplines, LinkCrashTest,
                         testing::Values(Discipline::fair, Discipline::fifo), [](const auto& each) {
                           return each.param == Discipline::fair ? "fair" : "fifo";
                         });

}  // namespace
}  // namespace splitbench
