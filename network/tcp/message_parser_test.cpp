#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>
#include <string>

#include "network/tcp/message.hpp"
#include "network/tcp/message_test.hpp"

namespace splitbench {
namespace {

using testing::ElementsAre;

/// Records in words what a parser makes of a stream.
class Reader {
 public:
  /// Feeds the stream in pieces of `piece` bytes at most, as much at once as the parser wants.
  void take(std::string_view stream, const std::function<std::size_t()>& piece) {
    try {
      while (!stream.empty()) {
        const std::span wanted = parser.wanted();
        ASSERT_FALSE(wanted.empty());
        const std::size_t n = std::min({wanted.size(), stream.size(), piece()});
        std::ranges::copy(std::as_bytes(std::span(stream.substr(0, n))), wanted.begin());
        stream.remove_prefix(n);
        parser.filled(n);
      }
    } catch (const ProtocolError& error) {
      events.push_back(error.what());
    }
  }
  void take(std::string_view stream) {
    take(stream, [] { return std::size_t{1} << 30; });
  }

  std::vector<std::string> events;
  std::string payload;
  MessageParser parser{{
      .place =
          [this](const MessageHeader& header) {
            events.push_back("place " + std::to_string(header.payload_bytes));
            payload.assign(header.payload_bytes, '\0');
            return std::as_writable_bytes(std::span(payload));
          },
      .message =
          [this](const MessageHeader& header, std::span<std::byte> bytes) {
            EXPECT_EQ(reinterpret_cast<const char*>(bytes.data()), payload.data());
            events.push_back(std::string(name(header.type)) + " " + payload);
          },
      .duplicate =
          [this](const MessageHeader& header) {
            events.push_back("again " + std::to_string(header.sequence));
          },
  }};
};

std::string stream_of_four() {
  const std::string chunk = wire(
      {.type = MessageType::chunk, .hashed = true, .job = 7, .sequence = 1}, "keys and values");
  return wire({.type = MessageType::begin, .sequence = 0}, "manifest") + chunk + chunk +
         wire({.type = MessageType::credit, .sequence = 2}, "");
}

TEST(MessageParserTest, ReadsEachMessageOnceThoughOneCameTwice) {
  Reader reader;
  reader.take(stream_of_four());
  EXPECT_THAT(reader.events, ElementsAre("place 8", "begin manifest", "place 15",
                                         "chunk keys and values", "again 1", "place 0", "credit "));
  EXPECT_TRUE(reader.parser.idle());
}

TEST(MessageParserTest, HowAStreamIsCutChangesNothing) {
  Reader whole;
  whole.take(stream_of_four());
  for (std::size_t size = 1; size <= 160; ++size) {
    Reader pieces;
    pieces.take(stream_of_four(), [&] { return size; });
    EXPECT_EQ(pieces.events, whole.events) << "pieces of " << size;
  }
  std::mt19937_64 random(1);
  for (int i = 0; i < 500; ++i) {
    Reader pieces;
    pieces.take(stream_of_four(), [&] { return 1 + random() % 90; });
    EXPECT_EQ(pieces.events, whole.events);
  }
}

TEST(MessageParserTest, AFlippedBitIsRefusedOrChangesOnlyThePayloadThatHasNoHash) {
  const std::string stream =
      wire({.type = MessageType::begin}, "manifest") +
      wire({.type = MessageType::chunk, .hashed = true, .sequence = 1}, "keys and values");
  constexpr std::size_t kPlain = kMessageHeaderBytes, kPlainEnd = kPlain + 8;
  for (std::size_t bit = 0; bit < stream.size() * 8; ++bit) {
    std::string flipped = stream;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    Reader reader;
    reader.take(flipped);
    if (bit / 8 >= kPlain && bit / 8 < kPlainEnd) {
      EXPECT_THAT(reader.events, ElementsAre("place 8", "begin " + flipped.substr(kPlain, 8),
                                             "place 15", "chunk keys and values"));
    } else {
      EXPECT_THAT(reader.events, testing::Not(testing::Contains("chunk keys and values")))
          << "bit " << bit;
    }
  }
}

TEST(MessageParserTest, PayloadsAreReadToTheirPlace) {
  Reader reader;
  reader.take(wire({.type = MessageType::chunk}, std::string(100, 'x')).substr(0, 74));
  EXPECT_EQ(reader.parser.wanted().data(),
            std::as_writable_bytes(std::span(reader.payload)).data() + 10);
  EXPECT_EQ(reader.parser.wanted().size(), 90u);
  EXPECT_FALSE(reader.parser.idle());
}

TEST(MessageParserTest, SomebodyElseMayReadAndHashTheRestOfAPayload) {
  const std::string chunk = wire({.type = MessageType::chunk, .hashed = true}, "keys and values");
  Reader reader;
  EXPECT_EQ(reader.parser.payload().left, 0u);
  reader.take(chunk.substr(0, kMessageHeaderBytes + 4));
  const MessageParser::Payload payload = reader.parser.payload();
  ASSERT_EQ(payload.left, 11u);
  EXPECT_TRUE(payload.hashed);
  std::ranges::copy(std::as_bytes(std::span(chunk)).last(11), payload.bytes.last(11).begin());
  reader.parser.filled_payload(payload_hash(payload.bytes));
  reader.take(chunk.substr(0, kMessageHeaderBytes));
  EXPECT_EQ(reader.parser.payload().left, 0u);  // a duplicate has no place
  reader.take(chunk.substr(kMessageHeaderBytes));
  EXPECT_THAT(reader.events, ElementsAre("place 15", "chunk keys and values", "again 0"));
}

TEST(MessageParserTest, AWrongHashOfSomebodyElseIsRefusedToo) {
  Reader reader;
  reader.take(wire({.type = MessageType::chunk, .index = 3, .hashed = true, .job = 7}, "keys")
                  .substr(0, kMessageHeaderBytes));
  EXPECT_THROW(reader.parser.filled_payload(1), ProtocolError);
}

TEST(MessageParserTest, NamesThePayloadThatIsNotWhatItsHashSays) {
  std::string message =
      wire({.type = MessageType::chunk, .index = 3, .hashed = true, .job = 7}, "keys");
  message.back() = 'z';
  Reader reader;
  reader.take(message);
  EXPECT_THAT(reader.events,
              ElementsAre("place 4", "payload of chunk, job 7, index 3, does not match its hash"));
}

TEST(MessageParserTest, AGapIsRefused) {
  Reader reader;
  reader.take(wire({.type = MessageType::credit}, "") +
              wire({.type = MessageType::credit, .sequence = 2}, ""));
  EXPECT_THAT(reader.events,
              ElementsAre("place 0", "credit ", "message 2 came where 1 was expected"));
}

TEST(MessageParserTest, NothingOfAnotherSessionIsTaken) {
  Reader reader;
  reader.take(wire({.type = MessageType::hello}, ""));
  reader.parser.expect_session(5);
  reader.take(wire({.type = MessageType::credit, .session = 5, .sequence = 1}, ""));
  reader.take(wire({.type = MessageType::chunk, .session = 4, .sequence = 2}, "stale"));
  EXPECT_THAT(reader.events, ElementsAre("place 0", "hello ", "place 0", "credit ",
                                         "message of session 4 in session 5"));
}

TEST(MessageParserTest, AnotherProtocolIsKnownBeforeItHasSentAHeader) {
  Reader reader;
  reader.take("GET / HTTP/1.0\r\n\r\n");
  EXPECT_THAT(reader.events, ElementsAre("message begins with 20544547, not with 42505353"));
}

TEST(MessageParserTest, ALargeDuplicateTakesLittleMemory) {
  const std::string large = wire({.type = MessageType::chunk}, std::string(1'000'000, 'x'));
  Reader reader;
  reader.take(large);
  reader.take(large.substr(0, kMessageHeaderBytes));
  EXPECT_LT(reader.parser.wanted().size(), 100'000u);
  reader.take(large.substr(kMessageHeaderBytes));
  EXPECT_TRUE(reader.parser.idle());
}

}  // namespace
}  // namespace splitbench
