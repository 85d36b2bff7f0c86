#include "network/tcp/outbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>
#include <string>

namespace splitbench {
namespace {

Outbox::Message message(std::uint32_t sequence, std::string payload) {
  return {.header = encode_header({.sequence = sequence}), .owned = std::move(payload)};
}

std::string text(std::span<const asio::const_buffer> buffers) {
  std::string text;
  for (const auto& buffer : buffers)
    text.append(static_cast<const char*>(buffer.data()), buffer.size());
  return text;
}

TEST(OutboxTest, GivesTheBytesOfItsMessagesInOrderHoweverManyAreTakenAtOnce) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 100; ++i) {
    Outbox outbox;
    std::string all, taken;
    std::vector<std::uint32_t> through;
    for (std::uint32_t sequence = 0; sequence < 20; ++sequence) {
      Outbox::Message next = message(sequence, std::string(random() % 3 * 50, 'x'));
      all.append(reinterpret_cast<const char*>(next.header.data()), next.header.size());
      all += next.owned;
      outbox.push(std::move(next));
    }
    while (!outbox.empty()) {
      EXPECT_EQ(outbox.bytes(), all.size() - taken.size());
      const std::string next = text(outbox.next());
      const std::size_t n = 1 + random() % next.size();
      taken += next.substr(0, n);
      outbox.took(n, [&](const Outbox::Message& whole) {
        through.push_back(decode_header(whole.header).sequence);
      });
    }
    EXPECT_EQ(taken, all);
    EXPECT_EQ(through.size(), 20u);
    EXPECT_TRUE(std::ranges::is_sorted(through));
  }
}

TEST(OutboxTest, NothingFollowsALastMessage) {
  Outbox outbox;
  outbox.push(message(0, "one"));
  outbox.push(message(1, "two"));
  outbox.push({.header = {}, .owned = "three", .last = true});
  outbox.push(message(3, "four"));
  EXPECT_THAT(text(outbox.next()), testing::EndsWith("three"));
}

TEST(OutboxTest, PayloadsOfOthersAreNotCopied) {
  const std::string slot = "keys and values";
  Outbox outbox;
  outbox.push({.header = {}, .payload = std::as_bytes(std::span(slot))});
  EXPECT_EQ(outbox.next()[1].data(), slot.data());
}

TEST(OutboxTest, WhatIsBulkIsLeftToSomebodyElse) {
  Outbox outbox;
  outbox.push(message(0, "small"));
  outbox.push(message(1, "large"));
  outbox[1].bulk = true;
  EXPECT_EQ(text(outbox.next()).substr(kMessageHeaderBytes), "small");
  outbox.took(kMessageHeaderBytes + 2, [](const auto&) { FAIL(); });
  EXPECT_EQ(outbox.rest(0).header.size(), 0u);
  EXPECT_EQ(outbox.rest(0).payload.size(), 3u);
  EXPECT_EQ(outbox.rest(1).size(), outbox[1].size());
  outbox.took(3, [](const auto&) {});
  EXPECT_TRUE(outbox.next().empty());
  EXPECT_EQ(outbox.count(), 1u);
}

}  // namespace
}  // namespace splitbench
