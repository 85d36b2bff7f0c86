#include "network/tcp/message.hpp"

#include <algorithm>
#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <vector>
#include <xxhash.h>

namespace splitbench {
namespace {

using HeaderBytes = std::array<std::byte, kMessageHeaderBytes>;

const MessageHeader kChunk{.type = MessageType::chunk,
                           .payload_bytes = 123'456,
                           .index = 7,
                           .payload_hash = 0x0123'4567'89ab'cdef,
                           .hashed = true,
                           .job = 42,
                           .link_chunk = 99,
                           .ready = std::chrono::nanoseconds(5'000'000'001),
                           .session = 3,
                           .sequence = 1000};

std::string refusal(const HeaderBytes& bytes) {
  try {
    decode_header(bytes);
    return "";
  } catch (const ProtocolError& error) {
    return error.what();
  }
}

/// Returns the header of kChunk with one byte set, and the checksum that belongs to it.
HeaderBytes with(std::size_t at, int value) {
  HeaderBytes bytes = encode_header(kChunk);
  bytes[at] = std::byte(value);
  const auto checksum = static_cast<std::uint32_t>(XXH3_64bits(bytes.data(), 60));
  std::memcpy(&bytes[60], &checksum, sizeof checksum);
  return bytes;
}

TEST(MessageTest, GivesBackAnyHeader) {
  std::mt19937_64 random(1);
  const auto number = [&] { return static_cast<std::uint32_t>(random()); };
  for (int i = 0; i < 10'000; ++i) {
    const bool hashed = random() % 2;
    const MessageHeader header{
        .type = static_cast<MessageType>(1 + random() % 12),
        .payload_bytes = static_cast<std::uint32_t>(random() % (kMaxPayloadBytes + 1)),
        .index = number(),
        .payload_hash = hashed ? random() : 0,
        .hashed = hashed,
        .job = random(),
        .link_chunk = random(),
        .ready = std::chrono::nanoseconds(static_cast<std::int64_t>(random())),
        .session = random(),
        .sequence = number()};
    ASSERT_EQ(decode_header(encode_header(header)), header);
  }
  EXPECT_EQ(decode_header(encode_header({})), MessageHeader{});
}

TEST(MessageTest, RefusesEverySingleFlippedBit) {
  const auto bytes = encode_header(kChunk);
  for (std::size_t bit = 0; bit < kMessageHeaderBytes * 8; ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] ^= std::byte(1 << bit % 8);
    EXPECT_NE(refusal(flipped), "") << "bit " << bit;
  }
}

TEST(MessageTest, TellsAnotherVersionFromADamagedHeader) {
  constexpr std::size_t kVersion = 4, kJob = 24;
  auto newer = encode_header(kChunk);
  newer[kVersion] = std::byte{3};  // its checksum may stand anywhere
  EXPECT_EQ(refusal(newer), "the remote end speaks version 3 of the protocol, this side 2");
  auto damaged = encode_header(kChunk);
  damaged[kJob] ^= std::byte{1};
  EXPECT_EQ(refusal(damaged), "message header does not match its checksum");
}

TEST(MessageTest, SaysWhatItFoundInsteadOfAMessage) {
  HeaderBytes bytes;
  bytes.fill(std::byte{'G'});
  EXPECT_EQ(refusal(bytes), "message begins with 47474747, not with 42505353");
}

TEST(MessageTest, KnowsAnotherProtocolByItsFirstFiveBytes) {
  const auto bytes = [](std::string_view text) { return std::as_bytes(std::span(text)); };
  EXPECT_THROW(check_start(bytes("GET /")), ProtocolError);
  EXPECT_NO_THROW(check_start(bytes("GET ")));
  EXPECT_NO_THROW(check_start(bytes("SSPB\2")));
  EXPECT_THROW(check_start(bytes("SSPB\1")), ProtocolError);
}

TEST(MessageTest, RefusesWhatItDoesNotKnow) {
  constexpr std::size_t kType = 5, kFlags = 6;
  EXPECT_EQ(refusal(with(kType, 0)), "unknown message type 0");
  EXPECT_EQ(refusal(with(kType, 13)), "unknown message type 13");
  EXPECT_EQ(refusal(with(kFlags, 3)), "unknown message flags 0x3");
  EXPECT_EQ(refusal(with(kFlags + 1, 1)), "unknown message flags 0x101");
}

TEST(MessageTest, RefusesAHashThatItIsNotToldToCheck) {
  MessageHeader header = kChunk;
  header.hashed = false;
  EXPECT_EQ(refusal(encode_header(header)), "message header has a payload hash without its flag");
}

TEST(MessageTest, AHashThatIsKnownLaterIsWrittenIntoTheHeader) {
  MessageHeader header = kChunk;
  header.payload_hash = 0;
  auto bytes = encode_header(header);
  put_payload_hash(bytes, kChunk.payload_hash);
  EXPECT_EQ(bytes, encode_header(kChunk));
}

TEST(MessageTest, TheHashOfPiecesIsThatOfTheWhole) {
  std::mt19937_64 random(1);
  for (const std::size_t size : {0, 1, 240, 241, 4096, 100'000}) {
    std::vector<std::byte> payload(size);
    for (std::byte& byte : payload) byte = static_cast<std::byte>(random());
    PayloadHash hash;
    for (std::span<const std::byte> rest = payload; !rest.empty();) {
      const std::size_t n = std::min<std::size_t>(rest.size(), 1 + random() % 5000);
      hash.add(rest.first(n));
      rest = rest.subspan(n);
    }
    EXPECT_EQ(hash.value(), payload_hash(payload)) << size;
  }
}

TEST(MessageTest, RefusesAPayloadAboveTheLimitBeforeMemoryIsTaken) {
  MessageHeader header = kChunk;
  header.payload_bytes = kMaxPayloadBytes + 1;
  EXPECT_EQ(refusal(encode_header(header)),
            "payload of 1073741825 bytes, at most 1073741824 are taken");
}

}  // namespace
}  // namespace splitbench
