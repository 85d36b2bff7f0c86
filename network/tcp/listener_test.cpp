#include "network/tcp/listener.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

#include "network/tcp/connection_test.hpp"

namespace splitbench {
namespace {

using asio::ip::tcp;
using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using namespace std::chrono_literals;

constexpr const char* kHere = "127.0.0.1";
constexpr const char* kElsewhere = "127.0.0.2";

/// A client that has connected, and says nothing by itself.
struct Client {
  Client(asio::io_context& io, const tcp::endpoint& target, const char* source) : socket(io) {
    socket.open(tcp::v4());
    socket.bind({asio::ip::make_address(source), 0});
    socket.connect(target);
    socket.non_blocking(true);
  }
  /// Returns whether the listener has closed the connection.
  bool is_turned_away() {
    std::error_code error;
    std::array<char, 256> heard;
    while (!error) socket.read_some(asio::buffer(heard), error);
    return error != asio::error::would_block;
  }
  tcp::socket socket;
};

/// Leaves this process as many descriptors as it has now and so many more, while it lives.
class FewDescriptors {
 public:
  explicit FewDescriptors(rlim_t more) {
    getrlimit(RLIMIT_NOFILE, &before_);
    const int next = dup(STDERR_FILENO);  // the lowest number that is free
    close(next);
    const rlimit few{.rlim_cur = static_cast<rlim_t>(next) + more, .rlim_max = before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &few);
  }
  ~FewDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

class ListenerTest : public testing::Test {
 protected:
  void listen(CallerBounds bounds) {
    listener.emplace(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0), bounds,
                     [this](tcp::socket socket) {
                       End& end = accepted.emplace_back(std::move(socket), ConnectionOptions{});
                       end.answer();
                       return end.connection;
                     });
  }
  void TearDown() override {
    for (End& end : accepted) end.connection->close("the test is over");
    if (caller) caller->connection->close("the test is over");
  }
  void connect(std::size_t clients, const char* source = kHere) {
    for (; clients > 0; --clients) idle.emplace_back(io, listener->address(), source);
  }
  /// Begins a call with the secret, from the address that the idle clients have.
  void call() {
    tcp::socket socket(io);
    socket.connect(listener->address());
    caller.emplace(std::move(socket), ConnectionOptions{});
    caller->call();
  }
  bool serve_until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + 5s;
    while (!done() && std::chrono::steady_clock::now() < end) io.run_one_for(10ms);
    return done();
  }
  std::size_t authenticating() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        accepted, [](const End& end) { return end.connection->is_authenticating(); }));
  }
  /// Returns why the connections that were accepted have been closed, without those of clients that
  /// are still there.
  std::vector<std::string> reasons() const {
    std::vector<std::string> all;
    for (const End& end : accepted) all.insert(all.end(), end.closed.begin(), end.closed.end());
    return all;
  }

  asio::io_context io{1};
  std::optional<Listener> listener;
  std::deque<End> accepted;
  std::deque<Client> idle;
  std::optional<End> caller;
};

TEST_F(ListenerTest, TheOldestOfTooManyAreTurnedAway) {
  listen({.in_all = 6, .per_source = 4, .grace = 1ms});
  std::size_t most = 0;
  connect(20);
  serve_until([&] {
    most = std::max(most, authenticating());
    return accepted.size() == 20 && reasons().size() == 17;
  });
  EXPECT_EQ(most, 4u);
  EXPECT_EQ(authenticating(), 3u) << "a place is free for the next one";
  EXPECT_THAT(reasons(), AllOf(SizeIs(17), Each(HasSubstr("the oldest of 4 connections"))));
  for (std::size_t i = 0; i < idle.size(); ++i) EXPECT_EQ(idle[i].is_turned_away(), i < 17) << i;
}

TEST_F(ListenerTest, WhoKnowsTheSecretIsLetInFromAnAddressThatIsCrowded) {
  listen({.in_all = 6, .per_source = 4, .grace = 50ms});
  connect(20);
  call();
  connect(20);
  EXPECT_TRUE(serve_until([&] { return !caller->opened.empty(); }));
  EXPECT_TRUE(serve_until([&] { return accepted.size() == 41; }));
  EXPECT_THAT(caller->closed, IsEmpty());
  EXPECT_TRUE(caller->connection->is_open());
}

TEST_F(ListenerTest, AnAuthenticatedConnectionTakesNoPlace) {
  listen({.in_all = 2, .per_source = 2, .grace = 1ms});
  call();
  ASSERT_TRUE(serve_until([&] { return !caller->opened.empty(); }));
  connect(10);
  EXPECT_TRUE(serve_until([&] { return accepted.size() == 11 && reasons().size() == 9; }));
  EXPECT_TRUE(caller->connection->is_open());
}

TEST_F(ListenerTest, OneSourceDoesNotTurnAwayTheClientsOfAnother) {
  listen({.in_all = 6, .per_source = 4, .grace = 1ms});
  connect(1, kElsewhere);
  connect(20);
  EXPECT_TRUE(serve_until([&] { return accepted.size() == 21 && reasons().size() == 17; }));
  EXPECT_FALSE(idle.front().is_turned_away());
}

TEST_F(ListenerTest, AllSourcesTogetherHaveABoundToo) {
  listen({.in_all = 6, .per_source = 4, .grace = 1ms});
  connect(3, kElsewhere);
  connect(3);
  connect(3, "127.0.0.3");
  EXPECT_TRUE(serve_until([&] { return accepted.size() == 9 && reasons().size() == 4; }));
  for (std::size_t i = 0; i < idle.size(); ++i) EXPECT_EQ(idle[i].is_turned_away(), i < 4) << i;
}

TEST_F(ListenerTest, NobodyIsTurnedAwayBeforeItsTimeAndTheOthersWaitInTheKernel) {
  listen({.in_all = 6, .per_source = 4, .grace = 1h});
  connect(20);
  io.run_for(50ms);
  EXPECT_EQ(accepted.size(), 4u);
  EXPECT_THAT(reasons(), IsEmpty());
}

TEST_F(ListenerTest, WithoutADescriptorTheOldestMakesRoom) {
  listen({.in_all = 100, .per_source = 100, .grace = 1ms});
  connect(20);
  call();
  const FewDescriptors few(3);
  EXPECT_TRUE(serve_until([&] { return !caller->opened.empty(); }));
  EXPECT_THAT(reasons(), AllOf(Not(IsEmpty()), Each(HasSubstr("ran out of descriptors"))));
}

TEST_F(ListenerTest, WithoutADescriptorAndACallerItWaits) {
  listen({.in_all = 100, .per_source = 100, .grace = 1ms});
  call();
  {
    const FewDescriptors none(0);
    io.run_for(100ms);
    EXPECT_THAT(accepted, IsEmpty());
  }
  EXPECT_TRUE(serve_until([&] { return !caller->opened.empty(); }));
}

TEST_F(ListenerTest, NothingOfItIsInheritedByAnotherProgram) {
  listen({.in_all = 100, .per_source = 100});
  connect(1);
  ASSERT_TRUE(serve_until([&] { return accepted.size() == 1; }));
  const tcp::endpoint here = listener->address();
  int found = 0;
  for (int descriptor = 3; descriptor < 100; ++descriptor) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) continue;
    if (ntohs(address.sin_port) != here.port()) continue;
    ++found;
    EXPECT_NE(fcntl(descriptor, F_GETFD) & FD_CLOEXEC, 0) << descriptor;
  }
  EXPECT_EQ(found, 2) << "the listening socket and the accepted one";
}

TEST(CallerBoundsTest, OthersHaveAnEighthOfTheDescriptors) {
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit changed = before;
  changed.rlim_cur = std::min<rlim_t>(before.rlim_max, 1024);
  setrlimit(RLIMIT_NOFILE, &changed);
  const CallerBounds bounds = CallerBounds::beside(10);
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(bounds.in_all, 10 + changed.rlim_cur / 8);
  EXPECT_EQ(bounds.per_source, 10 + changed.rlim_cur / 16);
}

}  // namespace
}  // namespace splitbench
