#include <algorithm>
#include <asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "network/link/shared_link.hpp"
#include "network/real_loop.hpp"
#include "workers/process/control.hpp"
#include "workers/transport/flow_receiver.hpp"
#include "workers/transport/flow_sender.hpp"
#include "workers/transport/job_json.hpp"
#include "workers/transport/payload_slots.hpp"

namespace splitbench {
namespace {

using asio::ip::tcp;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint32_t kSlots = 4;
constexpr std::uint32_t kBuffers = 2 * kSlots;  // buffers of lent payloads
constexpr std::uint64_t kSlotBytes = 100'000;

struct Slots {
  SlotMemory access() {
    return [this](std::uint32_t slot) { return std::span(memory[slot]); };
  }
  std::vector<std::vector<std::byte>> memory{kBuffers, std::vector<std::byte>(kSlotBytes)};
};

/// A sender and a receiver over real sockets, in one thread. A chunk is filled with a byte that
/// identifies its slot.
class FlowTransportTest : public testing::TestWithParam<Payload> {
 protected:
  FlowTransportTest() { options.terms = {{"model", "small"}, {"layers", 4}}; }

  void make(std::uint32_t streams = 1) {
    options.transport.streams = streams;
    options.credits = kSlots;
    options.slot_bytes = kSlotBytes;
    options.payload = GetParam();
    options.slots = kSlots;
    receiver.emplace(io, loop, link, 0, 1, options, theirs.access());
    receiver->on_begin = [this](const Job& one) { begun.push_back(one.id); };
    receiver->on_chunk = [this](std::uint32_t, std::uint64_t, const Arrived& chunk) {
      arrived.push_back(chunk);
      bytes.push_back(receiver->received(0, chunk.slot).front());
    };
    receiver->on_end = [this](std::uint64_t id, const std::vector<std::uint64_t>&) {
      ended.push_back(id);
    };
    accept();
    make_sender(options);
  }
  void make_sender(const FlowOptions& with) {
    Slots& memory = GetParam() == Payload::in_band ? mine : theirs;
    sender.emplace(io, loop, link, FlowId{}, with, memory.access());
    sender->on_up = [](std::uint64_t) {};
    sender->on_lost = [this](std::uint64_t, const std::string& why) { lost = why; };
    sender->on_departed = [this](std::uint32_t) { ++departed; };
    sender->on_credit = [] {};
    sender->on_applied = [this](std::uint64_t id) { applied.push_back(id); };
  }
  void connect(std::uint64_t session) {
    lost.clear();
    sender->connect(acceptor.local_endpoint(), session);
    until([this] { return sender->credits() > 0 || !lost.empty(); });
  }
  void accept() {
    acceptor.async_accept([this](std::error_code error, tcp::socket socket) {
      if (error) return;
      if (turned_away > 0)
        --turned_away;
      else
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
    std::ranges::fill(sender->destination(slot).slot, std::byte(slot + 1));
    sender->send(job, index, slot, size, loop.now());
  }

  asio::io_context io{1};
  RealLoop loop{io};
  SharedLink link = SharedLink::create({.bandwidth = 8'000'000'000}, 1, 1);
  FlowOptions options{.secret = Secret::make()};
  Slots mine, theirs;
  tcp::acceptor acceptor{io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::optional<FlowReceiver> receiver;
  std::optional<FlowSender> sender;
  Job job{.id = 7, .requests = {{.id = 1, .prompt_tokens = 10, .output_tokens = 1}}};

  std::string lost;
  std::vector<std::uint64_t> begun, ended, applied;
  std::vector<Arrived> arrived;
  std::vector<std::byte> bytes;
  int departed = 0;
  int turned_away = 0;  // number of connections to close that come next
};

TEST_P(FlowTransportTest, AStripedTransferIsHandedOnInItsOrder) {
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

TEST_P(FlowTransportTest, NoMoreIsSentThanTheReceiverHasSlotsFor) {
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

TEST_P(FlowTransportTest, OtherTermsAreRefusedWithBothSidesValues) {
  make();
  FlowOptions other = options;
  other.terms["model"] = "large";
  make_sender(other);
  connect(1);
  EXPECT_THAT(lost, HasSubstr(R"(model: this side has "small", the remote end "large")"));
}

TEST_P(FlowTransportTest, AnotherSecretIsTurnedAway) {
  make();
  std::string rejected;
  receiver->on_rejected = [&](const std::string&, const std::string& why) { rejected = why; };
  FlowOptions other = options;
  other.secret = Secret::make();
  make_sender(other);
  connect(1);
  until([&] { return !rejected.empty(); });
  EXPECT_FALSE(lost.empty());
  EXPECT_THAT(rejected, HasSubstr("does not know the run's secret"));
}

TEST_P(FlowTransportTest, StreamsThatAreTurnedAwayCallAgain) {
  turned_away = 3;
  make(2);
  connect(1);
  EXPECT_EQ(lost, "");
  EXPECT_EQ(turned_away, 0);
  sender->begin(job);
  send(0, 0);
  send(1, 1);
  until([this] { return arrived.size() == 2; });
}

TEST_P(FlowTransportTest, WhoIsAlwaysTurnedAwayGivesUp) {
  turned_away = 100;
  make();
  connect(1);
  EXPECT_THAT(lost, HasSubstr("in the handshake, as it does where secrets differ"));
  EXPECT_EQ(turned_away, 100 - static_cast<int>(CallAttempts::kMost));
}

TEST_P(FlowTransportTest, WhatALostSessionHadIsLostAndItsSlotsAreFree) {
  make();
  connect(1);
  sender->begin(job);
  send(0, 0);
  send(1, 1);
  sender->connect(acceptor.local_endpoint(), 2);
  EXPECT_EQ(departed, 2) << "the sender may use its slots again";
  until([this] {  // a chunk may have arrived before the session was lost, and is read to its end
    for (const Arrived& chunk : std::exchange(arrived, {})) receiver->release(0, chunk.slot);
    return sender->credits() > 0;
  });
  job.id = 8;
  sender->begin(job);
  send(0, 3);
  until([this] { return arrived.size() == 1; });
  EXPECT_EQ(bytes.back(), std::byte{4});
}

TEST_P(FlowTransportTest, ASessionOfThePastIsRefused) {
  make();
  connect(5);
  sender->connect(acceptor.local_endpoint(), 4);
  until([this] { return lost.find("session 4 is over, session 5 was seen") != lost.npos; });
}

TEST_P(FlowTransportTest, NothingIsHandedOnOfACancelledJobOnceItIsForgotten) {
  make();
  connect(1);
  sender->begin(job);
  send(0, 0);
  sender->cancel(job);
  Job next = job;
  next.id = 8;
  sender->begin(next);
  until([this] { return begun.size() == 2 && arrived.size() == 1; });
  receiver->applied(job);  // must not be reported
  receiver->applied(next);
  until([this] { return !applied.empty(); });
  EXPECT_THAT(applied, ElementsAre(8));
}

TEST_P(FlowTransportTest, ACancelThatCrossesTheAnswerChangesNothing) {
  make();
  connect(1);
  sender->begin(job);
  send(0, 0);
  sender->end(job, {});
  until([this] { return arrived.size() == 1; });
  receiver->applied(job);
  sender->cancel(job);  // the answer is still on its way
  until([this] { return !applied.empty(); });
  Job next = job;
  next.id = 8;
  sender->begin(next);
  until([this] { return begun.size() == 2; });
  EXPECT_THAT(applied, ElementsAre(job.id));
}

TEST_P(FlowTransportTest, ASessionBeginsWithAllCreditsOnceNothingOfTheLastOneIsRead) {
  make();
  connect(1);
  sender->begin(job);
  send(0, 0);
  until([this] { return arrived.size() == 1; });
  sender->connect(acceptor.local_endpoint(), 2);
  loop.after(std::chrono::milliseconds(20), [this] { receiver->release(0, arrived.front().slot); });
  until([this] { return sender->credits() == kSlots; });
  EXPECT_TRUE(sender->idle());
}

TEST_P(FlowTransportTest, ASlotIsFilledAgainWhileWhatCameFromItIsStillRead) {
  make();
  connect(1);
  sender->begin(job);
  send(0, 0);
  until([this] { return departed == 1 && arrived.size() == 1; });
  std::ranges::fill(sender->destination(0).slot, std::byte{77});
  EXPECT_EQ(receiver->received(0, arrived.front().slot).front(), std::byte{1});
}

std::string name_of(const testing::TestParamInfo<Payload>& info) {
  return info.param == Payload::in_band ? "InBand" : "Lent";
}
INSTANTIATE_TEST_SUITE_P(, FlowTransportTest, testing::Values(Payload::in_band, Payload::lent),
                         name_of);

/// A malicious sender that speaks the protocol.
class HostileReferenceTest : public FlowTransportTest {
 protected:
  HostileReferenceTest() {
    make();
    receiver->on_lost = [this](std::uint32_t, std::uint64_t, const std::string& why) {
      lost = why;
    };
    tcp::socket socket(io);
    socket.connect(acceptor.local_endpoint());
    hostile = std::make_shared<Connection>(std::move(socket));
    const nlohmann::json introduction = {{"role", "prefill"}, {"worker", 0},
                                         {"stream", 0},       {"streams", 1},
                                         {"first_chunk", 0},  {"terms", options.terms}};
    hostile->call(options.secret, 1, introduction.dump(),
                  {.opened = [](const std::string&) {},
                   .place = [](const MessageHeader&) { return std::span<std::byte>(); },
                   .message = [this](const MessageHeader&, auto) { credited = true; },
                   .duplicate = {},
                   .closed = [](const std::string&) {}});
    until([this] { return credited; });
    hostile->send({.type = MessageType::begin, .job = job.id}, nlohmann::json(job).dump());
  }
  ~HostileReferenceTest() override { hostile->close("the test is over"); }

  void say(std::string payload) {
    const std::uint64_t chunk = link.offer_now({}, 100);
    hostile->send({.type = MessageType::chunk, .job = job.id, .link_chunk = chunk},
                  std::move(payload));
  }
  void refer(const PayloadReference& reference) { say(write_reference(reference)); }
  std::string refusal() {
    until([this] { return !lost.empty(); });
    return lost;
  }

  std::shared_ptr<Connection> hostile;
  bool credited = false;
};

TEST_P(HostileReferenceTest, ABufferThatThereIsNotIsRefused) {
  refer({kBuffers, 10});
  EXPECT_THAT(refusal(), HasSubstr("a chunk lies in buffer 8 of 8"));
}

TEST_P(HostileReferenceTest, ABufferThatIsTheReceiversIsRefused) {
  refer({3, 10});
  refer({3, 10});
  EXPECT_THAT(refusal(), HasSubstr("a chunk lies in buffer 3, which is not its sender's"));
}

TEST_P(HostileReferenceTest, AChunkWithoutACreditIsRefused) {
  for (std::uint32_t buffer = 0; buffer <= kSlots; ++buffer) refer({buffer, 10});
  EXPECT_THAT(refusal(), HasSubstr("without a credit"));
}

TEST_P(HostileReferenceTest, AChunkLargerThanASlotIsRefused) {
  refer({0, kSlotBytes + 1});
  EXPECT_THAT(refusal(), HasSubstr("larger than a slot"));
}

TEST_P(HostileReferenceTest, AReferenceOfAnotherSizeIsRefused) {
  say("seven b");
  EXPECT_THAT(refusal(), HasSubstr("a reference of 7 bytes"));
}

INSTANTIATE_TEST_SUITE_P(, HostileReferenceTest, testing::Values(Payload::lent), name_of);

}  // namespace
}  // namespace splitbench
