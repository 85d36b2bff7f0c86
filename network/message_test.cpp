#include "network/message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace splitbench {
namespace {

const MessageHeader kChunk{.type = MessageType::chunk,
                           .index = 7,
                           .payload_bytes = 123'456,
                           .job = 42,
                           .link_chunk = 99,
                           .ready = std::chrono::nanoseconds(5'000'000'001)};

TEST(MessageTest, GivesBackWhatItWasGiven) {
  EXPECT_EQ(decode_header(encode_header(kChunk)), kChunk);
  EXPECT_EQ(decode_header(encode_header({})), MessageHeader{});
}

TEST(MessageTest, RefusesEverySingleFlippedBit) {
  const auto bytes = encode_header(kChunk);
  for (std::size_t bit = 0; bit < kMessageHeaderBytes * 8; ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] ^= std::byte(1 << bit % 8);
    EXPECT_THROW(decode_header(flipped), ProtocolError) << "bit " << bit;
  }
}

TEST(MessageTest, RefusesAPayloadAboveTheLimitBeforeMemoryIsTaken) {
  MessageHeader header = kChunk;
  header.payload_bytes = kMaxPayloadBytes + 1;
  EXPECT_THROW(decode_header(encode_header(header)), ProtocolError);
}

TEST(MessageTest, SaysWhatItFoundInsteadOfAMessage) {
  auto bytes = encode_header(kChunk);
  std::fill_n(bytes.begin(), 4, std::byte{'G'});
  try {
    decode_header(bytes);
    FAIL();
  } catch (const ProtocolError& error) {
    EXPECT_STREQ(error.what(), "message begins with 47474747, not with 42505353");
  }
}

}  // namespace
}  // namespace splitbench
