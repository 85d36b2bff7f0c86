#include "network/tcp/connection_test.hpp"

#include <algorithm>
#include <asio/read.hpp>

#include "network/tcp/message_test.hpp"

namespace splitbench {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

INSTANTIATE_TEST_SUITE_P(, ConnectionTest, testing::Bool(), kThreads);

TEST_P(ConnectionTest, BothEndsOpenAndKnowWhoCalls) {
  const std::string caller_address = "127.0.0.1:" + std::to_string(left.local_endpoint().port());
  open_both();
  EXPECT_THAT(from->opened, ElementsAre("prefill worker 3"));
  EXPECT_THAT(to->opened, ElementsAre("prefill worker 3"));
  EXPECT_EQ(to->connection->session(), 7u);
  EXPECT_EQ(from->connection->session(), 7u);
  EXPECT_EQ(to->connection->remote_address(), caller_address);
}

TEST_P(ConnectionTest, MessagesArriveInOrderAndWhole) {
  open_both({.payload_hash = true});
  const std::string large(3'000'000, 'x');
  int taken = 0;
  from->connection->send({.type = MessageType::begin, .job = 1}, "manifest");
  from->connection->send({.type = MessageType::chunk, .index = 5, .job = 1},
                         std::as_bytes(std::span(large)), [&] { ++taken; });
  from->connection->send({.type = MessageType::credit});
  EXPECT_EQ(taken, 0);  // nothing is called from within send()
  serve_until([&] { return to->headers.size() == 3 && taken == 1; });

  EXPECT_EQ(taken, 1);
  EXPECT_EQ(to->payloads, (std::vector<std::string>{"manifest", large, ""}));
  EXPECT_EQ(to->headers[1].index, 5u);
  EXPECT_TRUE(to->headers[1].hashed);
  EXPECT_FALSE(to->headers[0].hashed);
  EXPECT_EQ(to->headers[2].type, MessageType::credit);
  EXPECT_EQ(to->headers[2].session, 7u);
  EXPECT_EQ(from->connection->queued_bytes(), 0u);
}

TEST_P(ConnectionTest, ManySmallMessagesBehindALargeOneAreAllThere) {
  open_both();
  const std::string large(300'000, 'x');
  for (int i = 0; i < 20; ++i) {
    from->send_chunk(large);
    for (int j = 0; j < 50; ++j) from->connection->send({.type = MessageType::credit}, "12345");
  }
  serve_until([&] { return to->headers.size() == 1020; });
  EXPECT_EQ(std::ranges::count(to->payloads, large), 20);
  EXPECT_EQ(std::ranges::count(to->payloads, "12345"), 1000);
}

TEST_P(ConnectionTest, WhatIsSentBeforeTheHandshakeWaitsForIt) {
  End caller(std::move(left), with()), acceptor(std::move(right), with());
  caller.call();
  caller.connection->send({.type = MessageType::begin}, "early");
  acceptor.answer();
  serve_until([&] { return !acceptor.payloads.empty(); });
  EXPECT_THAT(acceptor.payloads, ElementsAre("early"));
}

TEST_P(ConnectionTest, APeerThatIsGoneIsToldOnce) {
  End end(std::move(left), with());
  end.answer();
  right.close();
  serve_until([&] { return !end.closed.empty(); });
  end.connection->close("again");
  io.run();
  EXPECT_EQ(end.closed.size(), 1u);
}

TEST_P(ConnectionTest, AHandlerMayCloseTheConnectionThatCallsIt) {
  End caller(std::move(left), with()), acceptor(std::move(right), with());
  auto handlers = acceptor.handlers();
  handlers.message = [&](const auto&, auto) { acceptor.connection->close("enough"); };
  acceptor.connection->answer(kSecret, kAnybody, std::move(handlers));
  caller.call();
  caller.connection->send({.type = MessageType::credit});
  caller.connection->send({.type = MessageType::credit});
  io.run();
  EXPECT_THAT(acceptor.closed, ElementsAre("enough"));
  EXPECT_THAT(caller.closed, testing::SizeIs(1));
}

// Remote ends that do not belong to the run

TEST_P(ConnectionTest, ACallerWithoutTheSecretIsDroppedWithoutAWord) {
  End caller(std::move(left), with()), acceptor(std::move(right), with());
  caller.call(Secret::make());
  acceptor.answer();
  serve_until([&] { return !caller.closed.empty() && !acceptor.closed.empty(); });
  EXPECT_THAT(acceptor.closed, ElementsAre("a caller does not know the run's secret"));
  EXPECT_THAT(caller.closed,
              ElementsAre("the remote end closed the connection in the handshake, as it "
                          "does where secrets differ"));
  EXPECT_THAT(caller.opened, IsEmpty());
  EXPECT_THAT(acceptor.opened, IsEmpty());
}

TEST_P(ConnectionTest, ARefusedCallerHearsWhy) {
  End caller(std::move(left), with()), acceptor(std::move(right), with());
  std::uint64_t session = 0;
  caller.call();
  caller.connection->send({.type = MessageType::begin}, "too early");
  acceptor.answer([&](const std::string& who) {
    session = acceptor.connection->session();
    return "this side has model llama-3.1-8b, not that of " + who;
  });
  serve_until([&] { return !caller.closed.empty() && !acceptor.closed.empty(); });
  EXPECT_EQ(session, 7u);
  EXPECT_THAT(caller.closed,
              ElementsAre("the remote end refuses: this side has model llama-3.1-8b, not "
                          "that of prefill worker 3"));
  EXPECT_THAT(acceptor.closed,
              ElementsAre("refused the remote end: this side has model llama-3.1-8b, "
                          "not that of prefill worker 3"));
  EXPECT_THAT(acceptor.headers, IsEmpty());
}

TEST_P(ConnectionTest, ARefusedCallerThatStaysIsNotWaitedForLong) {
  End acceptor(std::move(right), with({.handshake = 100ms}));
  acceptor.answer([](const std::string&) { return "go away"; });
  const std::size_t challenge_bytes = kMessageHeaderBytes + sizeof(Nonce);
  std::string challenge(challenge_bytes, '\0');
  asio::read(left, asio::buffer(challenge));
  Handshake caller = Handshake::caller(kSecret, "");
  const auto hello = caller.receive(MessageType::challenge, challenge.substr(kMessageHeaderBytes));
  asio::write(left, asio::buffer(wire({.type = MessageType::hello}, hello->payload)));
  EXPECT_TRUE(serve_until([&] { return !acceptor.closed.empty(); }));
  EXPECT_THAT(acceptor.closed, ElementsAre("refused the remote end: go away"));
}

TEST_P(ConnectionTest, AClientThatDoesNotSpeakTheProtocolIsDropped) {
  EXPECT_EQ(end_with("GET / HTTP/1.0\r\n\r\n"), "message begins with 20544547, not with 42505353");
}

TEST_P(ConnectionTest, AnotherVersionIsNamed) {
  std::string hello = wire({.type = MessageType::hello}, "");
  hello[4] = 3;
  EXPECT_EQ(end_with(hello), "the remote end speaks version 3 of the protocol, this side 2");
}

TEST_P(ConnectionTest, NothingButAHandshakeIsTakenOfAnUnauthenticatedClient) {
  EXPECT_EQ(end_with(wire({.type = MessageType::begin}, "{}")),
            "the remote end sent begin in the handshake");
}

TEST_P(ConnectionTest, NoMemoryIsTakenForAnUnauthenticatedClient) {
  EXPECT_EQ(end_with(wire({.type = MessageType::hello}, std::string(5000, 'x'))),
            "hello of 5000 bytes, at most 4096 are taken");
}

TEST_P(ConnectionTest, AHandshakeThatIsNotFinishedIsEnded) {
  EXPECT_EQ(end_with(wire({.type = MessageType::hello}, "").substr(0, 40), {.handshake = 100ms}),
            "the handshake took longer than 100 ms");
}

TEST_P(ConnectionTest, AHandshakeIsHadOnce) {
  open_both();
  from->connection->send({.type = MessageType::hello}, "again");
  serve_until([&] { return !to->closed.empty(); });
  EXPECT_THAT(to->closed, ElementsAre("the remote end sent hello after the handshake"));
}

// Remote ends that are slow

TEST_P(ConnectionTest, TwoThatHaveNothingToSayStayTogether) {
  open_both({.silence = 80ms});
  io.run_for(250ms);
  EXPECT_THAT(from->closed, IsEmpty());
  EXPECT_THAT(to->closed, IsEmpty());
  EXPECT_THAT(to->headers, IsEmpty());  // pings are not passed on
}

TEST_P(ConnectionTest, AStandstillOfThisSideIsNotBlamedOnThePeer) {
  open_both({.silence = 80ms});
  const auto end = std::chrono::steady_clock::now() + 120ms;
  while (std::chrono::steady_clock::now() < end) {
  }
  io.run_for(50ms);
  EXPECT_THAT(from->closed, IsEmpty());
  EXPECT_THAT(to->closed, IsEmpty());
}

TEST_P(ConnectionTest, APeerThatIsSilentIsGivenUp) {
  open_both({.silence = 120ms});
  to->connection->inject({.kind = ConnectionFault::Kind::delay, .duration = 1h});
  to->send_chunk("never sent");
  serve_until([&] { return !from->closed.empty(); });
  EXPECT_THAT(from->closed, ElementsAre("nothing was heard of the remote end for 120 ms"));
  EXPECT_THAT(from->headers, IsEmpty());
}

TEST_P(ConnectionTest, APeerThatStopsInTheMiddleOfAMessageIsGivenUp) {
  open_both({.silence = 120ms});
  const std::string large(64 << 20, 'x');  // more than sockets hold
  to->send_chunk(large);
  serve_until([&] { return !from->buffer.empty(); });
  to->connection->inject({.kind = ConnectionFault::Kind::delay, .duration = 1h});
  to->send_chunk("never sent");
  serve_until([&] { return !from->closed.empty(); });
  EXPECT_THAT(from->closed,
              ElementsAre("the remote end stopped in the middle of a message for 120 ms"));
}

TEST_P(ConnectionTest, APeerThatTakesNothingIsGivenUp) {
  open_both({.silence = 120ms});
  to->connection->inject({.kind = ConnectionFault::Kind::stop_reading, .duration = 1h});
  const std::string chunk(1 << 20, 'x');
  std::size_t most_queued = 0;
  std::function<void()> next = [&] {
    from->send_chunk(chunk, next);
    most_queued = std::max(most_queued, from->connection->queued_bytes());
  };
  next();
  serve_until([&] { return !from->closed.empty(); });
  EXPECT_THAT(from->closed, ElementsAre("the remote end has taken nothing for 120 ms"));
  EXPECT_LT(most_queued, 2 * chunk.size());  // one chunk, and signs of life
  EXPECT_THAT(to->headers, IsEmpty());
}

// ConnectionFault

struct ConnectionFaultTest : ConnectionTest {
  /// Sends three chunks, the second of them with that fault, and waits for the outcome.
  void send_three(ConnectionFault::Kind kind, const ConnectionOptions& options = {},
                  std::chrono::nanoseconds duration = {}) {
    open_both(options);
    from->send_chunk("first");
    from->connection->inject({.kind = kind, .duration = duration});
    from->send_chunk("second", [this] { ++taken; });
    from->send_chunk("third");
    serve_until([&] { return to->headers.size() == 3 || !to->closed.empty(); });
  }
  int taken = 0;
};

INSTANTIATE_TEST_SUITE_P(, ConnectionFaultTest, testing::Bool(), kThreads);

TEST_P(ConnectionFaultTest, HalfOfACutChunkArrives) {
  send_three(ConnectionFault::Kind::cut);
  EXPECT_THAT(to->payloads, ElementsAre("first"));
  EXPECT_EQ(to->buffer, std::string("sec\0\0\0", 6));
  EXPECT_THAT(to->closed,
              ElementsAre("the remote end closed the connection in the middle of a message"));
  EXPECT_THAT(from->closed, ElementsAre("cut, as the scenario says"));
  EXPECT_EQ(taken, 0);
}

TEST_P(ConnectionFaultTest, ACorruptChunkIsFoundByItsHash) {
  send_three(ConnectionFault::Kind::corrupt, {.payload_hash = true});
  EXPECT_THAT(to->payloads, ElementsAre("first"));
  EXPECT_THAT(to->closed, ElementsAre("payload of chunk, job 1, index 0, does not match its hash"));
  EXPECT_EQ(from->slots[1], "second");  // only the copy on its way was damaged
}

TEST_P(ConnectionFaultTest, ACorruptChunkWithoutAHashIsForOthersToFind) {
  send_three(ConnectionFault::Kind::corrupt);
  EXPECT_EQ(to->payloads.size(), 3u);
  EXPECT_NE(to->payloads[1], "second");
  EXPECT_THAT(to->closed, IsEmpty());
}

TEST_P(ConnectionFaultTest, ADuplicateIsTakenOnce) {
  send_three(ConnectionFault::Kind::duplicate, {.payload_hash = true});
  EXPECT_THAT(to->payloads, ElementsAre("first", "second", "third"));
  EXPECT_THAT(to->duplicates, ElementsAre(to->headers[1].sequence));
  serve_until([&] { return taken > 0; });
  EXPECT_EQ(taken, 1);
}

TEST_P(ConnectionFaultTest, ADelayedChunkComesLateAndWhole) {
  const auto begin = std::chrono::steady_clock::now();
  send_three(ConnectionFault::Kind::delay, {.silence = 80ms}, 30ms);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 30ms);
  EXPECT_THAT(to->payloads, ElementsAre("first", "second", "third"));
}

TEST_P(ConnectionFaultTest, WhoStopsReadingGoesOnWhereItStopped) {
  open_both({.silence = 400ms});
  to->connection->inject({.kind = ConnectionFault::Kind::stop_reading, .duration = 60ms});
  from->send_chunk("second");
  io.run_for(20ms);
  EXPECT_THAT(to->payloads, IsEmpty());
  serve_until([&] { return !to->payloads.empty(); });
  EXPECT_THAT(to->payloads, ElementsAre("second"));
}

}  // namespace
}  // namespace splitbench
