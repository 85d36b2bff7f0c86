#include "network/connection.hpp"

#include <asio/io_context.hpp>
#include <asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace splitbench {
namespace {

using asio::ip::tcp;

/// One end that keeps what it receives.
struct End {
  explicit End(tcp::socket socket) : connection(std::make_shared<Connection>(std::move(socket))) {}

  void start() {
    connection->start({.place =
                           [this](const MessageHeader& header) {
                             buffer.assign(header.payload_bytes, '\0');
                             return std::as_writable_bytes(std::span(buffer));
                           },
                       .message =
                           [this](const MessageHeader& header, auto) {
                             headers.push_back(header);
                             payloads.push_back(buffer);
                           },
                       .closed = [this](const std::string& reason) { closed.push_back(reason); }});
  }

  std::shared_ptr<Connection> connection;
  std::string buffer;
  std::vector<MessageHeader> headers;
  std::vector<std::string> payloads;
  std::vector<std::string> closed;
};

struct ConnectionTest : testing::Test {
  std::pair<tcp::socket, tcp::socket> sockets() {
    tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    tcp::socket one(io);
    one.connect(acceptor.local_endpoint());
    return {std::move(one), acceptor.accept()};
  }
  void serve_until(const std::function<bool()>& done) {
    while (!done() && io.run_one_for(std::chrono::seconds(5)) > 0) {
    }
  }
  asio::io_context io{1};
};

TEST_F(ConnectionTest, MessagesArriveInOrderAndWhole) {
  auto [a, b] = sockets();
  End sender(std::move(a)), receiver(std::move(b));
  sender.start();
  receiver.start();
  const std::string large(3'000'000, 'x');
  int taken = 0;
  sender.connection->send({.type = MessageType::begin, .job = 1}, "manifest");
  sender.connection->send({.type = MessageType::chunk, .index = 5, .job = 1},
                          std::as_bytes(std::span(large)), [&] { ++taken; });
  sender.connection->send({.type = MessageType::credit});
  serve_until([&] { return receiver.headers.size() == 3; });

  EXPECT_EQ(taken, 1);
  EXPECT_EQ(receiver.payloads, (std::vector<std::string>{"manifest", large, ""}));
  EXPECT_EQ(receiver.headers[1].index, 5u);
  EXPECT_EQ(receiver.headers[2].type, MessageType::credit);
}

TEST_F(ConnectionTest, APeerThatIsGoneIsToldOnce) {
  auto [a, b] = sockets();
  End end(std::move(a));
  end.start();
  b.close();
  serve_until([&] { return !end.closed.empty(); });
  end.connection->close("again");
  io.run();
  EXPECT_THAT(end.closed, testing::ElementsAre("the peer closed the connection"));
}

TEST_F(ConnectionTest, AStrangerThatDoesNotSpeakTheProtocolIsDropped) {
  auto [a, b] = sockets();
  End end(std::move(a));
  end.start();
  asio::write(b, asio::buffer(std::string(kMessageHeaderBytes, 'G')));
  serve_until([&] { return !end.closed.empty(); });
  EXPECT_THAT(end.closed, testing::ElementsAre("message begins with 47474747, not with 42505353"));
  EXPECT_TRUE(end.headers.empty());
}

TEST_F(ConnectionTest, AHandlerMayCloseTheConnectionThatCallsIt) {
  auto [a, b] = sockets();
  End sender(std::move(a)), receiver(std::move(b));
  sender.start();
  receiver.connection->start(
      {.place = [](const auto&) { return std::span<std::byte>(); },
       .message = [&](const auto&, auto) { receiver.connection->close("enough"); },
       .closed = [&](const std::string& reason) { receiver.closed.push_back(reason); }});
  sender.connection->send({.type = MessageType::credit});
  serve_until([&] { return !receiver.closed.empty(); });
  EXPECT_THAT(receiver.closed, testing::ElementsAre("enough"));
}

}  // namespace
}  // namespace splitbench
