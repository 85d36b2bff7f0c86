#include "network/tcp/bulk_mover.hpp"

#include <algorithm>
#include <array>
#include <asio/error.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <vector>

#include "network/tcp/message.hpp"

namespace splitbench {
namespace {

using namespace std::chrono_literals;
using testing::Each;

constexpr std::size_t kLarge = 3 << 20;  // more than a piece, and than the sockets hold

/// A mover at one end of a pair of sockets; the test is at the other end, which does not block.
struct BulkMoverTest : testing::Test {
  void SetUp() override {
    std::array<int, 2> ends;
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    own.emplace(ends[0]);
    remote.emplace(ends[1]);
    mover.emplace(io.get_executor(), own->number());
    for (std::size_t i = 0; i < kLarge; ++i) payload[i] = static_cast<std::byte>(i * 7 >> 3);
  }
  bool serve_until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + 5s;
    while (!done() && std::chrono::steady_clock::now() < end) {
      io.restart();
      io.run_for(1ms);
    }
    return done();
  }
  /// Sends what the socket takes of these bytes, again and again until it has taken all.
  void say(std::span<const std::byte> bytes) {
    EXPECT_TRUE(serve_until([&] {
      const ssize_t n = send(remote->number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n > 0) bytes = bytes.subspan(static_cast<std::size_t>(n));
      return bytes.empty();
    }));
  }
  std::vector<std::byte> hear(std::size_t bytes) {
    std::vector<std::byte> heard(bytes);
    std::span<std::byte> rest = heard;
    EXPECT_TRUE(serve_until([&] {
      const ssize_t n = recv(remote->number(), rest.data(), rest.size(), 0);
      if (n > 0) rest = rest.subspan(static_cast<std::size_t>(n));
      return rest.empty();
    }));
    return heard;
  }
  void read(std::size_t left) {
    mover->read({.payload = place, .left = left, .hashed = true, .ahead = ahead},
                [this](const BulkMover::Read& r) { came = r; });
  }
  void write(std::span<std::byte> header = {}, bool hashed = false) {
    mover->write({.header = header, .payload = payload, .hashed = hashed},
                 [this](std::error_code e) { went = e; });
  }

  asio::io_context io{1};
  std::optional<Descriptor> own, remote;
  std::optional<BulkMover> mover;
  std::vector<std::byte> payload = std::vector<std::byte>(kLarge);
  std::vector<std::byte> place = std::vector<std::byte>(kLarge);
  std::array<std::byte, 100> ahead{};
  std::optional<BulkMover::Read> came;
  std::optional<std::error_code> went;
};

TEST_F(BulkMoverTest, ReadsThePayloadToItsPlaceAndWhatFollowsBehindIt) {
  constexpr std::size_t kCame = 1000;  // bytes that came with the header
  std::copy_n(payload.begin(), kCame, place.begin());
  std::vector<std::byte> stream(payload.begin() + kCame, payload.end());
  stream.insert(stream.end(), 64, std::byte{9});
  mover->hold(true);
  read(kLarge - kCame);
  mover->hold(false);
  say(stream);
  ASSERT_TRUE(serve_until([&] { return came.has_value(); }));
  EXPECT_FALSE(came->error);
  EXPECT_EQ(place, payload);
  EXPECT_EQ(came->hash, payload_hash(payload));
  EXPECT_LE(came->ahead, 64u);
  EXPECT_THAT(std::span(ahead).first(came->ahead), Each(std::byte{9}));
  EXPECT_EQ(mover->moved(), kLarge - kCame + came->ahead);
}

TEST_F(BulkMoverTest, WritesHeaderAndPayloadWithTheHashInTheHeader) {
  const MessageHeader hashed{.type = MessageType::chunk,
                             .payload_bytes = kLarge,
                             .payload_hash = payload_hash(payload),
                             .hashed = true};
  MessageHeader unhashed = hashed;
  unhashed.payload_hash = 0;
  auto header = encode_header(unhashed);
  write(header, true);
  const auto heard = hear(header.size() + kLarge);
  ASSERT_TRUE(serve_until([&] { return went.has_value(); }));
  EXPECT_FALSE(*went);
  EXPECT_EQ(decode_header(std::span(heard).first<kMessageHeaderBytes>()), hashed);
  EXPECT_TRUE(std::ranges::equal(std::span(heard).subspan(kMessageHeaderBytes), payload));
}

TEST_F(BulkMoverTest, JobsAreDoneInOrder) {
  std::vector<int> done;
  std::array<std::byte, 3> bytes = {std::byte{1}, std::byte{2}, std::byte{3}};
  for (int i = 0; i < 3; ++i)
    mover->write({.header = {}, .payload = std::span(bytes).subspan(i, 1)},
                 [&, i](std::error_code) { done.push_back(i); });
  EXPECT_EQ(hear(3), std::vector(bytes.begin(), bytes.end()));
  EXPECT_TRUE(serve_until([&] { return done.size() == 3; }));
  EXPECT_THAT(done, testing::ElementsAre(0, 1, 2));
}

TEST_F(BulkMoverTest, APeerThatIsGoneIsAnError) {
  read(kLarge);
  remote.reset();
  ASSERT_TRUE(serve_until([&] { return came.has_value(); }));
  EXPECT_EQ(came->error, asio::error::eof);
  write();
  ASSERT_TRUE(serve_until([&] { return went.has_value(); }));
  EXPECT_EQ(*went, asio::error::broken_pipe);
}

TEST_F(BulkMoverTest, StandsStillWhileItIsHeld) {
  mover->hold(true);
  write();
  io.run_for(20ms);
  EXPECT_EQ(mover->moved(), 0u);
  EXPECT_FALSE(mover->has_progressed());
  mover->hold(false);
  EXPECT_TRUE(serve_until([&] { return mover->moved() > 0; }));
  EXPECT_TRUE(mover->has_progressed());
}

TEST_F(BulkMoverTest, OneThatIsGoneTouchesNothingAndTellsNothing) {
  read(kLarge);
  say(std::span(payload).first(kLarge / 2));
  ASSERT_TRUE(serve_until([&] { return mover->moved() == kLarge / 2; }));
  mover.reset();
  std::ranges::fill(place, std::byte{0x55});
  const auto rest = std::span(payload).last(1000);
  send(remote->number(), rest.data(), rest.size(), MSG_NOSIGNAL);
  io.run_for(20ms);
  EXPECT_THAT(place, Each(std::byte{0x55}));
  EXPECT_FALSE(came);
}

TEST_F(BulkMoverTest, AJobThatIsDoneIsNotToldByOneThatIsGone) {
  payload.resize(1);
  write();
  pollfd heard{remote->number(), POLLIN, 0};
  EXPECT_EQ(poll(&heard, 1, 5000), 1);  // while nobody runs the io_context
  mover.reset();
  io.run_for(5ms);
  EXPECT_FALSE(went);
}

}  // namespace
}  // namespace splitbench
