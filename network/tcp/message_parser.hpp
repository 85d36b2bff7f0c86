#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "network/tcp/message.hpp"

namespace splitbench {

/// Bytes in, messages out, without I/O: it says where the next bytes belong, so that payloads are
/// read straight to where they shall lie. However a stream is cut into pieces, the same happens.
class MessageParser {
 public:
  struct Handlers {
    /// Where the payload of an announced message shall go; exactly header.payload_bytes of it.
    /// May throw ProtocolError, as may the others.
    std::function<std::span<std::byte>(const MessageHeader&)> place;
    /// The payload lies there, and matches its hash if it has one.
    std::function<void(const MessageHeader&, std::span<std::byte> payload)> message;
    /// Optional: a message came again. Its payload is about to be thrown away.
    std::function<void(const MessageHeader&)> duplicate;
  };

  explicit MessageParser(Handlers);

  /// Where the next bytes belong; never empty.
  std::span<std::byte> wanted();
  /// That many of them have come. Runs handlers; throws ProtocolError, after which the parser is
  /// not to be used.
  void filled(std::size_t bytes);

  /// A payload on its way to its place, the first bytes of which have come.
  struct Payload {
    std::span<std::byte> bytes;
    std::size_t left = 0;
    bool hashed = false;
  };
  /// None between payloads, and none of a duplicate, which has no place.
  Payload payload() const;
  /// All that was left of that payload has come, and this is the hash of the whole, if it has one.
  /// As filled().
  void filled_payload(std::uint64_t hash);

  /// Nothing of a message has come that has not come whole.
  bool idle() const { return header_filled_ == 0; }
  /// From now on headers must carry this session: nothing of an earlier one is taken.
  void expect_session(std::uint64_t session) { session_ = session; }

 private:
  void begin();
  void end();
  void end(std::uint64_t hash);

  Handlers handlers_;
  std::array<std::byte, kMessageHeaderBytes> header_bytes_;
  std::size_t header_filled_ = 0;
  MessageHeader header_;
  std::span<std::byte> payload_;
  std::size_t payload_left_ = 0;
  bool duplicate_ = false;          // what comes is thrown away
  std::vector<std::byte> scratch_;  // where to; a slot is not spent on it
  std::optional<std::uint64_t> session_;
  std::uint32_t expected_ = 0;
};

}  // namespace splitbench
