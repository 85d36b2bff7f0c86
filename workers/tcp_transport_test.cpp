#include <algorithm>
#include <asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <vector>

#include "network/real_loop.hpp"
#include "network/shared_link.hpp"
#include "workers/tcp_receiver.hpp"
#include "workers/tcp_sender.hpp"

namespace splitbench {
namespace {

using asio::ip::tcp;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint32_t kSlots = 4;
constexpr std::uint64_t kSlotBytes = 100'000;

/// Memory of slots, each filled with a byte of its own.
struct Slots {
  Slots() {
    for (std::uint32_t i = 0; i < kSlots; ++i) memory.emplace_back(kSlotBytes, std::byte(i + 1));
  }
  SlotMemory access() {
    return [this](std::uint32_t slot) { return std::span(memory[slot]); };
  }
  std::vector<std::vector<std::byte>> memory;
};

/// A sender and a receiver over real sockets, in one thread.
class TcpTransportTest : public testing::Test {
 protected:
  TcpTransportTest() { options.terms = {{"model", "small"}, {"layers", 4}}; }

  void make(std::uint32_t streams = 1) {
    options.transport.streams = streams;
    options.credits = kSlots;
    options.slot_bytes = kSlotBytes;
    receiver.emplace(io, loop, link, 0, 1, options, theirs.access());
    receiver->on_begin = [this](const Job& job) { begun.push_back(job.id); };
    receiver->on_chunk = [this](std::uint32_t, std::uint64_t, const Arrived& chunk) {
      arrived.push_back(chunk);
      bytes.push_back(theirs.memory[chunk.slot].front());
    };
    receiver->on_end = [this](std::uint64_t job, std::vector<std::uint64_t>) {
      ended.push_back(job);
    };
    accept();
    make_sender(options);
  }
  void make_sender(const TcpOptions& with) {
    sender.emplace(io, loop, link, FlowId{}, with, mine.access());
    sender->on_up = [](std::uint64_t) {};
    sender->on_lost = [this](std::uint64_t, const std::string& why) { lost = why; };
    sender->on_credit = [] {};
    sender->on_applied = [this](std::uint64_t job) { applied.push_back(job); };
  }
  void connect(std::uint64_t session) {
    lost.clear();
    sender->connect(acceptor.local_endpoint(), session);
    until([this] { return sender->credits() > 0 || !lost.empty(); });
  }
  void accept() {
    acceptor.async_accept([this](std::error_code error, tcp::socket socket) {
      if (error) return;
      receiver->accept(std::move(socket));
      accept();
    });
  }
  void until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!done() && std::chrono::steady_clock::now() < deadline)
      io.run_one_for(std::chrono::milliseconds(50));
    ASSERT_TRUE(done());
  }
  void send(std::uint32_t index, std::uint32_t slot, std::uint64_t size = kSlotBytes) {
    sender->send(job, index, slot, size, loop.now(), [this] { ++departed; });
  }

  asio::io_context io{1};
  RealLoop loop{io};
  SharedLink link = SharedLink::create({.bandwidth = 8'000'000'000}, 1, 1);
  TcpOptions options{.secret = Secret::make()};
  Slots mine, theirs;
  tcp::acceptor acceptor{io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::optional<TcpReceiver> receiver;
  std::optional<TcpSender> sender;
  Job job{.id = 7, .requests = {{.id = 1, .prompt_tokens = 10, .output_tokens = 1}}};

  std::string lost;
  std::vector<std::uint64_t> begun, ended, applied;
  std::vector<Arrived> arrived;
  std::vector<std::byte> bytes;
  int departed = 0;
};

TEST_F(TcpTransportTest, AStripedTransferIsHandedOnInItsOrder) {
  make(3);
  connect(1);
  sender->begin(job);
  send(0, 2, kSlotBytes);  // the largest first: others would overtake it on their streams
  send(1, 0, 10);
  send(2, 3, 10);
  send(3, 1, 10);
  sender->end(job, {});
  until([this] { return arrived.size() == 4 && ended.size() == 1; });
  std::vector<std::uint32_t> order;
  for (const Arrived& chunk : arrived) order.push_back(chunk.index);
  EXPECT_THAT(order, ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(bytes, ElementsAre(std::byte{3}, std::byte{1}, std::byte{4}, std::byte{2}));
  receiver->applied(job);
  until([this] { return !applied.empty() && departed == 4; });
}

TEST_F(TcpTransportTest, NoMoreIsSentThanTheReceiverHasSlotsFor) {
  make();
  connect(1);
  sender->begin(job);
  for (std::uint32_t i = 0; i < kSlots; ++i) send(i, i);
  EXPECT_EQ(sender->credits(), 0u);
  EXPECT_FALSE(sender->idle());
  until([this] { return arrived.size() == kSlots; });
  EXPECT_EQ(sender->credits(), 0u);
  receiver->release(0, arrived.front().slot);
  until([this] { return sender->credits() == 1; });
}

TEST_F(TcpTransportTest, OtherTermsAreRefusedWithBothSidesValues) {
  make();
  TcpOptions other = options;
  other.terms["model"] = "large";
  make_sender(other);
  connect(1);
  EXPECT_THAT(lost, HasSubstr(R"(model: this side has "small", the peer "large")"));
}

TEST_F(TcpTransportTest, AnotherSecretIsTurnedAway) {
  make();
  std::string stranger;
  receiver->on_stranger = [&](const std::string&, const std::string& why) { stranger = why; };
  TcpOptions other = options;
  other.secret = Secret::make();
  make_sender(other);
  connect(1);
  until([&] { return !stranger.empty(); });
  EXPECT_FALSE(lost.empty());
  EXPECT_THAT(stranger, HasSubstr("does not know the run's secret"));
}

TEST_F(TcpTransportTest, WhatALostSessionHadIsLostAndItsSlotsAreFree) {
  make();
  connect(1);
  sender->begin(job);
  send(0, 0);
  send(1, 1);
  sender->connect(acceptor.local_endpoint(), 2);
  EXPECT_EQ(departed, 2) << "the sender may use its slots again";
  until([this] { return sender->credits() > 0; });
  arrived.clear();
  job.id = 8;
  sender->begin(job);
  send(0, 3);
  until([this] { return arrived.size() == 1; });
  EXPECT_EQ(bytes.back(), std::byte{4});
}

TEST_F(TcpTransportTest, ASessionOfThePastIsRefused) {
  make();
  connect(5);
  sender->connect(acceptor.local_endpoint(), 4);
  until([this] { return lost.find("session 4 is over, session 5 was seen") != lost.npos; });
}

TEST_F(TcpTransportTest, NothingIsHandedOnOfACancelledJobOnceItIsForgotten) {
  make();
  connect(1);
  sender->begin(job);
  send(0, 0);
  sender->cancel(job);
  Job next = job;
  next.id = 8;
  sender->begin(next);
  until([this] { return begun.size() == 2 && arrived.size() == 1; });
  receiver->applied(job);  // of which nobody is to hear
  receiver->applied(next);
  until([this] { return !applied.empty(); });
  EXPECT_THAT(applied, ElementsAre(8));
}

}  // namespace
}  // namespace splitbench
