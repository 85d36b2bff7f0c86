#include "workers/process/control_channel_test.hpp"

#include <memory>

namespace splitbench {
namespace {

/// Returns the handlers of a connection that ignores all messages. `open` is set when it opens.
Connection::Handlers deaf(bool& open) {
  return {.opened = [&open](const std::string&) { open = true; },
          .place = [](const MessageHeader&) { return std::span<std::byte>(); },
          .message = [](const MessageHeader&, auto) {},
          .duplicate = {},
          .closed = [](const std::string&) {}};
}

TEST_F(ControlChannelTest, MessagesKeepTheirTypesBothWays) {
  connect();
  to_worker->send(Drop{3});
  to_coordinator->send(Dropped{.job = 3, .by_prefill = true});
  until([this] { return worker.heard.size() == 1 && coordinator.heard.size() == 1; });
  EXPECT_EQ(std::get<Drop>(worker.heard[0]).job, 3u);
  EXPECT_TRUE(std::get<Dropped>(coordinator.heard[0]).by_prefill);
}

TEST_F(ControlChannelTest, WhatIsNoMessageMakesAWorkerGiveUpOverAConnectionThatStays) {
  auto [calling, called] = sockets();
  to_coordinator.emplace(std::move(calling));
  const auto hostile = std::make_shared<Connection>(std::move(called));
  bool open = false;
  hostile->answer(
      secret, [](const std::string&) { return std::string(); }, deaf(open));
  to_coordinator->call(secret, {{"role", "prefill"}}, worker.handlers());
  until([&] { return open && worker.open; });
  hostile->send({.type = MessageType::control}, R"({"type":"dance"})");
  EXPECT_EQ(thrown(), "there is no control message 'dance'");
  EXPECT_EQ(worker.closed, "");
  EXPECT_TRUE(worker.heard.empty());
  hostile->close("the test is over");
}

TEST_F(ControlChannelTest, ACoordinatorIsNotToldWhatIsNoMessage) {
  auto [calling, called] = sockets();
  to_worker.emplace(std::move(called));
  const auto hostile = std::make_shared<Connection>(std::move(calling));
  bool open = false;
  to_worker->answer(secret, admit_all, coordinator.handlers());
  hostile->call(secret, 0, R"({"role":"prefill"})", deaf(open));
  until([&] { return open && coordinator.open; });
  hostile->send({.type = MessageType::control}, R"({"type":"refused","job":1})");
  until([this] { return !coordinator.closed.empty(); });
  EXPECT_TRUE(coordinator.closed.starts_with("control message 'refused' is malformed"));
  EXPECT_TRUE(coordinator.heard.empty());
  hostile->close("the test is over");
}

TEST_F(ControlChannelTest, SoDoesAMessageThatItDoesNotExpect) {
  connect();
  worker.refuse = true;
  to_worker->send(Pong{});
  EXPECT_EQ(thrown(), "control message 'pong' was not expected here");
  to_coordinator->send(Failed{"confused"});
  until([this] { return !coordinator.heard.empty(); });
  EXPECT_EQ(std::get<Failed>(coordinator.heard[0]).why, "confused");
}

TEST_F(ControlChannelTest, AMessageThatACoordinatorDoesNotExpectEndsTheConnection) {
  connect();
  coordinator.refuse = true;
  to_coordinator->send(Ping{});
  until([this] { return !worker.closed.empty() && !coordinator.closed.empty(); });
  EXPECT_EQ(coordinator.closed, "control message 'ping' was not expected here");
}

}  // namespace
}  // namespace splitbench
