#include "workers/transport/buffer_exchange.hpp"

#include <algorithm>
#include <deque>
#include <gtest/gtest.h>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "network/tcp/message.hpp"

namespace splitbench {
namespace {

/// Both ends of a flow, the messages between them, and the content of each buffer.
struct Flow {
  Flow(std::uint32_t s, std::uint32_t c)
      : slots(s), credits(c), lent(s, c), borrowed(s, c), contents(s + c) {}

  void send(std::uint32_t slot, int chunk) {
    contents[lent.of_slot(slot)] = chunk;
    chunks.emplace_back(lent.lend(slot), chunk);
    --credits;
  }
  void arrive() {
    borrowed.borrow(chunks.front().first);
    reading.push_back(chunks.front());
    chunks.pop_front();
  }
  void release(std::size_t which) {
    const auto at = reading.begin() + static_cast<std::ptrdiff_t>(which);
    borrowed.give_back(at->first);
    returned.push_back(at->first);
    reading.erase(at);
  }
  void take_credit() {
    lent.take_back(returned.front());
    returned.pop_front();
    ++credits;
  }
  /// Returns whether every chunk sent and not released is unchanged.
  bool is_whole() const {
    const auto untouched = [this](const auto& c) { return contents[c.first] == c.second; };
    return std::ranges::all_of(chunks, untouched) && std::ranges::all_of(reading, untouched);
  }

  std::uint32_t slots, credits;
  LentBuffers lent;
  BorrowedBuffers borrowed;
  std::vector<int> contents;
  std::deque<std::pair<std::uint32_t, int>> chunks, reading;  // sent, and arrived
  std::deque<std::uint32_t> returned;
};

TEST(BufferExchangeTest, NothingIsWrittenThatTheReceiverStillReads) {
  std::mt19937 random(1);
  const auto draw = [&](std::uint32_t low, std::uint32_t high) {
    return std::uniform_int_distribution<std::uint32_t>(low, high)(random);
  };
  for (int round = 0; round < 100; ++round) {
    Flow flow(draw(1, 5), draw(1, 5));
    for (int step = 0; step < 1000; ++step) {
      const std::uint32_t action = draw(0, 3);
      if (action == 0 && flow.credits > 0) flow.send(draw(0, flow.slots - 1), step);
      if (action == 1 && !flow.chunks.empty()) flow.arrive();
      if (action == 2 && !flow.reading.empty()) flow.release(random() % flow.reading.size());
      if (action == 3 && !flow.returned.empty()) flow.take_credit();
      ASSERT_TRUE(flow.is_whole()) << "round " << round << ", step " << step;
    }
  }
}

TEST(BufferExchangeTest, EverySlotHasABufferOfItsOwnAtAnyTime) {
  Flow flow(3, 2);
  for (int step = 0; step < 50; ++step) {
    flow.send(static_cast<std::uint32_t>(step) % 3, step);
    if (flow.credits > 0) continue;
    const std::set<std::uint32_t> own{flow.lent.of_slot(0), flow.lent.of_slot(1),
                                      flow.lent.of_slot(2)};
    EXPECT_EQ(own.size(), 3u);
    while (!flow.chunks.empty()) flow.arrive();
    while (!flow.reading.empty()) flow.release(0);
    while (!flow.returned.empty()) flow.take_credit();
  }
}

TEST(BufferExchangeTest, ABufferThatWasNotLentCannotComeBack) {
  LentBuffers lent(2, 2);
  const std::uint32_t buffer = lent.lend(0);
  EXPECT_THROW(lent.take_back(4), ProtocolError);
  EXPECT_THROW(lent.take_back(1), ProtocolError);
  lent.take_back(buffer);
  EXPECT_THROW(lent.take_back(buffer), ProtocolError);
}

TEST(BufferExchangeTest, ANewSessionHasAllItsCreditsAndKeepsWhatIsPacked) {
  LentBuffers lent(2, 2);
  lent.lend(0);
  lent.lend(1);
  const std::uint32_t packed = lent.of_slot(0);
  lent.take_all_back();
  EXPECT_EQ(lent.of_slot(0), packed);
  lent.lend(1);
  lent.lend(1);
}

}  // namespace
}  // namespace splitbench
