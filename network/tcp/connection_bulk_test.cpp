#include <algorithm>
#include <asio/post.hpp>
#include <span>
#include <sys/mman.h>

#include "network/tcp/connection_test.hpp"

namespace splitbench {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

constexpr std::size_t kPagesBytes = 32 << 20;  // more than sockets hold

/// Memory that can be taken away: a process that touches it then dies.
class Pages {
 public:
  Pages() : address_(mmap(nullptr, kPagesBytes, kWrite, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {}
  ~Pages() { munmap(address_, kPagesBytes); }
  void take_away() { mprotect(address_, kPagesBytes, PROT_NONE); }
  void give_back() { mprotect(address_, kPagesBytes, kWrite); }
  std::span<std::byte> bytes() { return {static_cast<std::byte*>(address_), kPagesBytes}; }

 private:
  static constexpr int kWrite = PROT_READ | PROT_WRITE;
  void* address_;
};

/// A fixture whose payloads take a while.
struct BulkTest : ConnectionTest {
  void open_with_pages() {
    from = std::make_unique<End>(std::move(left), with({.payload_hash = true}));
    to = std::make_unique<End>(std::move(right), with({.payload_hash = true}));
    auto handlers = to->handlers();
    handlers.place = [this](const MessageHeader&) {
      placed = true;
      return place.bytes();
    };
    handlers.message = [this](const MessageHeader& header, auto) { to->headers.push_back(header); };
    handlers.closed = [this, closed = handlers.closed](const std::string& reason) {
      place.take_away();
      closed(reason);
    };
    to->connection->answer(kSecret, kAnybody, std::move(handlers));
    from->call();
    ASSERT_TRUE(serve_until([&] { return !from->opened.empty() && !to->opened.empty(); }));
  }
  void send_pages() {
    sent += kPagesBytes;
    from->connection->send({.type = MessageType::chunk}, payload.bytes(), [this] { ++taken; });
  }
  /// Serves until about that many bytes have left.
  void serve_until_left(std::size_t bytes) {
    EXPECT_TRUE(serve_until([&] {
      asio::post(io, [] {});  // threads report nothing before they have finished
      return placed && from->connection->queued_bytes() + bytes <= sent;
    }));
  }

  Pages payload, place;
  bool placed = false;
  std::size_t sent = 0;
  int taken = 0;
};
INSTANTIATE_TEST_SUITE_P(, BulkTest, testing::Bool(), kThreads);

TEST_P(BulkTest, OnceAReceiverIsClosedItsMemoryIsNotTouched) {
  open_with_pages();
  send_pages();
  serve_until_left(kPagesBytes / 3);
  to->connection->close("enough");
  place.take_away();  // a thread that still wrote there would crash
  EXPECT_THAT(to->closed, IsEmpty());
  serve_until([&] { return !to->closed.empty() && !from->closed.empty(); });
  EXPECT_THAT(to->closed, ElementsAre("enough"));
  EXPECT_THAT(to->headers, IsEmpty());
  EXPECT_EQ(taken, 0);
}

TEST_P(BulkTest, OnceASenderIsClosedItsMemoryIsNotTouched) {
  open_with_pages();
  send_pages();
  send_pages();
  serve_until_left(kPagesBytes / 3);
  from->connection->close("enough");
  payload.take_away();
  serve_until([&] { return !to->closed.empty() && !from->closed.empty(); });
  EXPECT_THAT(from->closed, ElementsAre("enough"));
  EXPECT_THAT(to->closed,
              ElementsAre("the remote end closed the connection in the middle of a message"));
  EXPECT_EQ(taken, 0);
}

TEST_P(BulkTest, OneThatIsDroppedInTheMiddleEnds) {
  open_with_pages();
  send_pages();
  serve_until_left(kPagesBytes / 3);
  from->connection->close("the test is over");  // as the owner of the memory must before freeing it
  to->connection->close("the test is over");
  from.reset();
  to.reset();  // and nobody runs the io_context any more
  payload.take_away();
  place.take_away();
}

TEST_P(BulkTest, WhoStopsReadingInTheMiddleGoesOnWhereItStopped) {
  open_with_pages();
  std::ranges::fill(payload.bytes(), std::byte{0x77});
  send_pages();
  serve_until_left(1 << 20);
  to->connection->inject({.kind = ConnectionFault::Kind::stop_reading, .duration = 50ms});
  io.run_for(20ms);
  EXPECT_THAT(to->headers, IsEmpty());
  ASSERT_TRUE(serve_until([&] { return !to->headers.empty() && taken == 1; }));
  EXPECT_TRUE(std::ranges::equal(place.bytes(), payload.bytes()));
}

TEST_P(BulkTest, ASocketThatIsFullIsLookedAtAgain) {
  open_with_pages();
  to->connection->inject({.kind = ConnectionFault::Kind::stop_reading, .duration = 60ms});
  send_pages();
  io.run_for(20ms);
  from->connection->inject({.kind = ConnectionFault::Kind::stop_reading, .duration = 1ms});
  EXPECT_TRUE(serve_until([&] { return taken == 1; }));
  EXPECT_THAT(from->closed, IsEmpty());
}

TEST_P(BulkTest, ALargeChunkThatWasDamagedIsFoundByItsHash) {
  open_both({.payload_hash = true});
  from->connection->inject({.kind = ConnectionFault::Kind::corrupt});
  from->send_chunk(std::string(1 << 20, 'x'));
  serve_until([&] { return !to->closed.empty(); });
  EXPECT_THAT(to->closed, ElementsAre("payload of chunk, job 1, index 0, does not match its hash"));
  EXPECT_THAT(to->headers, IsEmpty());
}

TEST_P(BulkTest, OfALargeChunkThatIsCutHalfLeavesAndNothingBehindIt) {
  open_both({.payload_hash = true});
  from->connection->inject({.kind = ConnectionFault::Kind::cut});
  from->send_chunk(std::string(1 << 20, 'x'));
  from->send_chunk(std::string(1 << 20, 'y'));
  serve_until([&] { return !to->closed.empty() && !from->closed.empty(); });
  EXPECT_THAT(from->closed, ElementsAre("cut, as the scenario says"));
  EXPECT_THAT(to->closed,
              ElementsAre("the remote end closed the connection in the middle of a message"));
  EXPECT_EQ(std::ranges::count(to->buffer, 'x'), 1 << 19);
  EXPECT_EQ(std::ranges::count(to->buffer, 'y'), 0);
}

TEST_P(BulkTest, ALargeDuplicateIsTakenOnce) {
  open_both({.payload_hash = true});
  const std::string large(1 << 20, 'x');
  from->connection->inject({.kind = ConnectionFault::Kind::duplicate});
  from->send_chunk(large);
  from->send_chunk(large);
  ASSERT_TRUE(serve_until([&] { return to->headers.size() == 2; }));
  EXPECT_THAT(to->payloads, Each(large));
  EXPECT_THAT(to->duplicates, ElementsAre(to->headers[0].sequence));
}

TEST_P(BulkTest, BothSidesMaySendLargePayloadsAtOnceWithSmallOnesBetween) {
  open_both({.payload_hash = true});
  constexpr std::size_t kMessages = 60;
  for (std::size_t i = 0; i < kMessages / 2; ++i) {
    for (End* end : {from.get(), to.get()}) {
      end->send_chunk(std::string(400'000, static_cast<char>('a' + i % 26)));
      end->connection->send({.type = MessageType::credit, .link_chunk = i});
    }
  }
  ASSERT_TRUE(serve_until(
      [&] { return from->headers.size() == kMessages && to->headers.size() == kMessages; }));
  EXPECT_EQ(from->payloads, to->payloads);
  EXPECT_EQ(to->payloads[2], std::string(400'000, 'b'));
  EXPECT_EQ(to->headers[3].link_chunk, 1u);
  EXPECT_EQ(from->connection->queued_bytes(), 0u);
}

}  // namespace
}  // namespace splitbench
