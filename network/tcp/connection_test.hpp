#pragma once
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "network/tcp/connection.hpp"

namespace splitbench {

inline const Secret kSecret = Secret::make();
inline const Handshake::Admission kAnybody = [](const std::string&) { return ""; };

/// One end of a connection, which records what happens to it.
struct End {
  End(asio::ip::tcp::socket socket, ConnectionOptions options)
      : connection(std::make_shared<Connection>(std::move(socket), options)) {}

  Connection::Handlers handlers() {
    return {.opened = [this](const std::string& text) { opened.push_back(text); },
            .place =
                [this](const MessageHeader& header) {
                  buffer.assign(header.payload_bytes, '\0');
                  return std::as_writable_bytes(std::span(buffer));
                },
            .message =
                [this](const MessageHeader& header, auto) {
                  headers.push_back(header);
                  payloads.push_back(buffer);
                },
            .duplicate = [this](const auto& header) { duplicates.push_back(header.sequence); },
            .closed = [this](const std::string& reason) { closed.push_back(reason); }};
  }
  void call(const Secret& secret = kSecret) {
    connection->call(secret, 7, "prefill worker 3", handlers());
  }
  void answer(const Handshake::Admission& admission = kAnybody) {
    connection->answer(kSecret, admission, handlers());
  }
  void send_chunk(std::string payload, std::function<void()> done = {}) {
    const std::string& slot = slots.emplace_back(std::move(payload));
    connection->send({.type = MessageType::chunk, .job = 1}, std::as_bytes(std::span(slot)),
                     std::move(done));
  }

  std::shared_ptr<Connection> connection;
  std::deque<std::string> slots;  // payloads of chunks that were sent
  std::string buffer;
  std::vector<std::string> opened;
  std::vector<MessageHeader> headers;
  std::vector<std::string> payloads;
  std::vector<std::uint32_t> duplicates;
  std::vector<std::string> closed;
};

/// Names the two instances of a connection's tests: all of them run with threads and without.
inline const auto kThreads = [](const testing::TestParamInfo<bool>& threads) {
  return std::string(threads.param ? "BulkThreads" : "OneThread");
};

/// A pair of sockets; each test runs once on one thread and once with threads for all payloads.
struct ConnectionTest : testing::TestWithParam<bool> {
  void SetUp() override {
    asio::ip::tcp::acceptor acceptor(io,
                                     asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    left.connect(acceptor.local_endpoint());
    right = acceptor.accept();
  }
  void TearDown() override {  // the ends' memory is freed before the io_context
    for (const auto& end : {from.get(), to.get()})
      if (end) end->connection->close("the test is over");
  }
  bool serve_until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!done() && std::chrono::steady_clock::now() < end)
      io.run_one_for(std::chrono::seconds(1));
    return done();
  }
  static ConnectionOptions with(ConnectionOptions options = {}) {
    options.bulk_threads = GetParam();
    options.bulk_payload = 1;
    return options;
  }
  /// Connects a caller and an acceptor, and waits until both are open.
  void open_both(const ConnectionOptions& options = {}) {
    from = std::make_unique<End>(std::move(left), with(options));
    to = std::make_unique<End>(std::move(right), with(options));
    from->call();
    to->answer();
    ASSERT_TRUE(serve_until([&] { return !from->opened.empty() && !to->opened.empty(); }));
  }
  /// Returns why the acceptor closes when the remote end sends these bytes and no more.
  std::string end_with(std::string_view said, const ConnectionOptions& options = {}) {
    End end(std::move(right), with(options));
    end.answer();
    asio::write(left, asio::buffer(said.data(), said.size()));
    EXPECT_TRUE(serve_until([&] { return !end.closed.empty(); }));
    EXPECT_THAT(end.opened, testing::IsEmpty());
    return end.closed.empty() ? "" : end.closed.front();
  }

  asio::io_context io{1};
  asio::ip::tcp::socket left{io}, right{io};
  std::unique_ptr<End> from, to;
};

}  // namespace splitbench
