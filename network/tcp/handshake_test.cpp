#include "network/tcp/handshake.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

namespace splitbench {
namespace {

const Handshake::Admission kAnybody = [](const std::string&) { return ""; };

std::string failure(Handshake& handshake, MessageType type, std::string_view payload) {
  try {
    handshake.receive(type, payload);
    return "";
  } catch (const ProtocolError& error) {
    return error.what();
  }
}

struct HandshakeTest : testing::Test {
  HandshakeMessage hello(Handshake& from, Handshake& to) {
    const auto challenge = to.start();
    return from.receive(challenge->type, challenge->payload).value();
  }

  const Secret secret = Secret::make();
  Handshake caller = Handshake::caller(secret, "prefill worker 3");
  Handshake acceptor = Handshake::acceptor(secret, kAnybody);
};

TEST_F(HandshakeTest, TwoThatKnowTheSecretFindEachOther) {
  const auto said = hello(caller, acceptor);
  const auto welcome = acceptor.receive(said.type, said.payload);
  EXPECT_TRUE(acceptor.done());
  EXPECT_FALSE(caller.done());
  EXPECT_FALSE(caller.receive(welcome->type, welcome->payload));
  EXPECT_TRUE(caller.done());
  EXPECT_EQ(acceptor.introduction(), "prefill worker 3");
  EXPECT_EQ(caller.introduction(), "prefill worker 3");
}

TEST_F(HandshakeTest, OnlyTheAcceptorSpeaksUnasked) {
  EXPECT_EQ(acceptor.start()->type, MessageType::challenge);
  EXPECT_EQ(acceptor.start()->payload.size(), sizeof(Nonce));
  EXPECT_FALSE(caller.start());
}

TEST_F(HandshakeTest, ACallerWithoutTheSecretHearsTheChallengeAndNoMore) {
  Handshake unauthenticated = Handshake::caller(Secret::make(), "prefill worker 3");
  const auto said = hello(unauthenticated, acceptor);
  EXPECT_EQ(failure(acceptor, said.type, said.payload), "a caller does not know the run's secret");
  EXPECT_FALSE(acceptor.done());
  EXPECT_EQ(acceptor.introduction(), "");
}

TEST_F(HandshakeTest, AListenerWithoutTheSecretIsLeft) {
  hello(caller, acceptor);
  EXPECT_EQ(failure(caller, MessageType::welcome, std::string(Secret::kProofBytes, 'x')),
            "the listener does not know the run's secret");
  EXPECT_EQ(failure(caller, MessageType::welcome, ""),
            "the listener does not know the run's secret");
  EXPECT_EQ(failure(caller, MessageType::refuse, "you have the wrong model"),
            "the listener does not know the run's secret");
}

TEST_F(HandshakeTest, ACallerThatIsRefusedHearsWhy) {
  Handshake rejecting = Handshake::acceptor(secret, [](const std::string& introduction) {
    return "this side has no place for " + introduction;
  });
  const auto said = hello(caller, rejecting);
  const auto refusal = rejecting.receive(said.type, said.payload);
  EXPECT_EQ(refusal->type, MessageType::refuse);
  EXPECT_FALSE(rejecting.done());
  EXPECT_EQ(rejecting.refusal(), "this side has no place for prefill worker 3");
  EXPECT_EQ(failure(caller, refusal->type, refusal->payload),
            "the remote end refuses: this side has no place for prefill worker 3");
  EXPECT_FALSE(caller.done());
}

TEST_F(HandshakeTest, WhatWasSaidOnceIsOfNoUseAgain) {
  const auto said = hello(caller, acceptor);
  const auto welcome = acceptor.receive(said.type, said.payload);
  Handshake later = Handshake::acceptor(secret, kAnybody);
  EXPECT_EQ(failure(later, said.type, said.payload), "a caller does not know the run's secret");
  Handshake again = Handshake::caller(secret, "prefill worker 3");
  hello(again, later);
  EXPECT_EQ(failure(again, welcome->type, welcome->payload),
            "the listener does not know the run's secret");
}

TEST_F(HandshakeTest, AProofIsOfTheIntroductionToo) {
  auto said = hello(caller, acceptor);
  said.payload.back() = '4';
  EXPECT_EQ(failure(acceptor, said.type, said.payload), "a caller does not know the run's secret");
}

TEST_F(HandshakeTest, NobodyCanAnswerWithWhatItHeard) {
  const auto said = hello(caller, acceptor);
  EXPECT_EQ(failure(caller, MessageType::welcome,
                    said.payload.substr(sizeof(Nonce), Secret::kProofBytes)),
            "the listener does not know the run's secret");
}

TEST_F(HandshakeTest, EveryMessageHasItsTime) {
  EXPECT_EQ(failure(caller, MessageType::welcome, ""),
            "the remote end sent welcome where the handshake has no place for it");
  EXPECT_EQ(failure(acceptor, MessageType::begin, ""),
            "the remote end sent begin where the handshake has no place for it");
  const auto said = hello(caller, acceptor);
  acceptor.receive(said.type, said.payload);
  EXPECT_EQ(failure(acceptor, said.type, said.payload),
            "the remote end sent hello where the handshake has no place for it");
}

TEST_F(HandshakeTest, RefusesMessagesOfAnotherLength) {
  EXPECT_EQ(failure(caller, MessageType::challenge, "short"), "a challenge of 5 bytes, not 32");
  EXPECT_EQ(failure(acceptor, MessageType::hello, "short"), "a hello of 5 bytes, not 64 or more");
}

TEST_F(HandshakeTest, WhatItSaysFitsAMessage) {
  const std::string longest(Handshake::kMaxIntroductionBytes, 'x');
  Handshake talker = Handshake::caller(secret, longest);
  Handshake rejecting = Handshake::acceptor(secret, [](auto&) { return std::string(9999, 'y'); });
  const auto said = hello(talker, rejecting);
  EXPECT_EQ(said.payload.size(), Handshake::kMaxPayloadBytes);
  EXPECT_EQ(rejecting.receive(said.type, said.payload)->payload.size(),
            Handshake::kMaxPayloadBytes);
  EXPECT_THROW(Handshake::caller(secret, longest + "x"), std::length_error);
}

}  // namespace
}  // namespace splitbench
