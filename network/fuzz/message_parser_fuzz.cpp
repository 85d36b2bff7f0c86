#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "network/fuzz/claim.hpp"
#include "network/fuzz/repair.hpp"
#include "network/tcp/message.hpp"

namespace splitbench {
namespace {

constexpr unsigned kRepairHeaders = 1;
constexpr unsigned kRepairHashes = 2;   ///< takes effect with kRepairHeaders only
constexpr unsigned kExpectSession = 4;  ///< a session is expected, beginning with the first message
constexpr std::size_t kMostPayload = 64 << 10;

struct Event {
  MessageHeader header;
  std::vector<std::byte> payload;
  bool duplicate = false;

  bool operator==(const Event&) const = default;
};

struct Reading {
  std::vector<Event> events;
  std::string refusal;
  bool idle = false;

  bool operator==(const Reading&) const = default;
};

/// Returns what the parser makes of a stream that comes in pieces of `piece` bytes at most.
Reading read(std::span<const std::byte> stream, bool session,
             const std::function<std::size_t()>& piece) {
  Reading reading;
  // A new payload each time, so that a memory checker sees every access out of bounds.
  std::unique_ptr<std::byte[]> payload;
  MessageParser parser({.place =
                            [&](const MessageHeader& header) {
                              if (header.payload_bytes > kMostPayload)
                                throw ProtocolError("too large");
                              payload = std::make_unique<std::byte[]>(header.payload_bytes);
                              return std::span(payload.get(), header.payload_bytes);
                            },
                        .message =
                            [&](const MessageHeader& header, std::span<std::byte> bytes) {
                              claim(bytes.data() == payload.get(),
                                    "a payload lies where it was to be placed");
                              reading.events.push_back({header, {bytes.begin(), bytes.end()}});
                            },
                        .duplicate =
                            [&](const MessageHeader& header) {
                              reading.events.push_back({header, {}, true});
                            }});
  if (session) parser.expect_session(kSession);
  try {
    while (!stream.empty()) {
      const std::span wanted = parser.wanted();
      claim(!wanted.empty(), "a parser always wants something");
      const std::size_t n = std::min({wanted.size(), stream.size(), piece()});
      std::ranges::copy(stream.first(n), wanted.begin());
      stream = stream.subspan(n);
      parser.filled(n);
    }
    reading.idle = parser.idle();
  } catch (const ProtocolError& error) {
    reading.refusal = error.what();
  }
  return reading;
}

/// Checks that nothing was made up, left out or taken twice.
void check(const Reading& reading, std::span<const std::byte> stream, bool session) {
  std::uint32_t expected = 0;
  for (const Event& event : reading.events) {
    const MessageHeader& header = event.header;
    claim(stream.size() >= kMessageHeaderBytes, "a message has come before it is told");
    claim(std::ranges::equal(encode_header(header), stream.first(kMessageHeaderBytes)),
          "there is one way to write a header");
    claim(!session || header.session == kSession, "nothing of another session is taken");
    claim(event.duplicate ? header.sequence < expected : header.sequence == expected++,
          "every message is taken once, in order");
    stream = stream.subspan(kMessageHeaderBytes);
    const std::size_t came = std::min<std::size_t>(header.payload_bytes, stream.size());
    if (!event.duplicate) {
      claim(std::ranges::equal(event.payload, stream.first(came)), "payloads are as they came");
      claim(!header.hashed || payload_hash(event.payload) == header.payload_hash,
            "a payload matches its hash");
    }
    stream = stream.subspan(came);
  }
  claim(!reading.idle || stream.empty(), "between messages everything was told");
}

void check_stream(unsigned flags, std::uint8_t seed, std::vector<std::byte> stream) {
  if (flags & kRepairHeaders) repair_stream(stream, flags & kRepairHashes);
  const bool session = flags & kExpectSession;
  const Reading whole = read(stream, session, [] { return kMostPayload; });
  check(whole, stream, session);
  std::minstd_rand random(seed);
  const Reading pieces = read(stream, session, [&] { return 1 + random() % (1 + seed); });
  claim(pieces == whole, "how a stream is cut changes nothing");
}

}  // namespace
}  // namespace splitbench

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
  if (size < 2) return 0;
  const std::span bytes = std::as_bytes(std::span(input, size)).subspan(2);
  splitbench::check_stream(input[0], input[1], {bytes.begin(), bytes.end()});
  return 0;
}
