#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include "network/tcp/handshake.hpp"
#include "network/tcp/message.hpp"
#include "network/tcp/message_test.hpp"

namespace splitbench {
namespace {

/// Returns the examples that PROTOCOL.md prints in hexadecimal.
std::vector<std::string> examples_of_the_protocol() {
  std::vector<std::string> examples;
  std::ifstream text("network/PROTOCOL.md");
  for (std::string line; std::getline(text, line);) {
    if (line != "```hex") continue;
    std::string& example = examples.emplace_back();
    while (std::getline(text, line) && line != "```") {
      std::istringstream row(line);
      unsigned offset, byte;
      row >> std::hex >> offset;
      EXPECT_EQ(offset, example.size());
      while (row >> byte) example.push_back(static_cast<char>(byte));
    }
  }
  return examples;
}

/// Returns the bytes in hexadecimal, as PROTOCOL.md prints them.
std::string hexadecimal(const std::string& bytes) {
  std::ostringstream text;
  text << std::hex;
  const auto digits = [&](std::size_t value, int width) {
    text.width(width);
    text.fill('0');
    text << value;
  };
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (at % 16 == 0) {
      text << '\n';
      digits(at, 3);
      text << ' ';
    }
    text << ' ';
    digits(static_cast<unsigned char>(bytes[at]), 2);
  }
  return text.str();
}

Nonce nonce_from(int first) {
  Nonce nonce;
  std::iota(nonce.begin(), nonce.end(), static_cast<char>(first));
  return nonce;
}

TEST(ProtocolTest, TheExamplesAreWhatIsSaid) {
  const Secret secret =
      Secret::from_hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  Handshake caller = Handshake::caller(secret, R"({"worker":12345})", nonce_from(0xc0));
  Handshake acceptor = Handshake::acceptor(
      secret, [](const std::string&) { return ""; }, nonce_from(0xa0));
  const auto challenge = acceptor.start();
  const auto hello = caller.receive(challenge->type, challenge->payload);
  const auto welcome = acceptor.receive(hello->type, hello->payload);

  const std::string accepted =
      wire({.type = MessageType::challenge}, challenge->payload) +
      wire({.type = MessageType::welcome, .session = 5, .sequence = 1}, welcome->payload);
  const std::string called = wire({.type = MessageType::hello, .session = 5}, hello->payload) +
                             wire({.type = MessageType::chunk,
                                   .index = 3,
                                   .hashed = true,
                                   .job = 7,
                                   .link_chunk = 12,
                                   .ready = std::chrono::nanoseconds(5'000'000'001),
                                   .session = 5,
                                   .sequence = 1},
                                  "keys and values");
  const auto examples = examples_of_the_protocol();
  ASSERT_EQ(examples.size(), 2u);
  EXPECT_EQ(hexadecimal(examples[0]), hexadecimal(accepted));
  EXPECT_EQ(hexadecimal(examples[1]), hexadecimal(called));
}

}  // namespace
}  // namespace splitbench
