#pragma once
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <functional>
#include <gtest/gtest.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "workers/process/control_channel.hpp"

namespace splitbench {

/// A worker's end of a control connection and the coordinator's, in one thread.
class ControlChannelTest : public testing::Test {
 protected:
  struct End {
    ControlChannel::Handlers handlers() {
      return {.opened = [this](const nlohmann::json&) { open = true; },
              .message =
                  [this](const ControlMessage& message) {
                    heard.push_back(message);
                    if (refuse) throw unexpected(message);
                  },
              .closed = [this](const std::string& why) { closed = why; }};
    }

    bool open = false, refuse = false;
    std::vector<ControlMessage> heard;
    std::string closed;
  };

  std::pair<asio::ip::tcp::socket, asio::ip::tcp::socket> sockets() {
    asio::ip::tcp::acceptor acceptor(io,
                                     asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    asio::ip::tcp::socket calling(io);
    calling.connect(acceptor.local_endpoint());
    return {std::move(calling), acceptor.accept()};
  }
  void connect() {
    auto [calling, called] = sockets();
    to_coordinator.emplace(std::move(calling));
    to_worker.emplace(std::move(called));
    to_worker->answer(secret, admit_all, coordinator.handlers());
    to_coordinator->call(secret, {{"role", "prefill"}}, worker.handlers());
    until([this] { return worker.open && coordinator.open; });
  }
  void until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!done() && std::chrono::steady_clock::now() < deadline)
      io.run_one_for(std::chrono::milliseconds(50));
    ASSERT_TRUE(done());
  }
  /// Returns the message of an exception that leaves the event loop, or an empty string.
  std::string thrown() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    try {
      while (std::chrono::steady_clock::now() < deadline)
        io.run_one_for(std::chrono::milliseconds(50));
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }
  static std::string admit_all(const nlohmann::json&) { return {}; }

  asio::io_context io{1};
  Secret secret = Secret::make();
  End worker, coordinator;
  std::optional<ControlChannel> to_worker, to_coordinator;
};

}  // namespace splitbench
