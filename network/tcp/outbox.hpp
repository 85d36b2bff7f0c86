#pragma once
#include <array>
#include <asio/buffer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>

#include "network/tcp/message.hpp"

namespace splitbench {

/// A fault that a scenario injects at one end of a connection, to show what the other end makes of
/// it.
struct Mischief {
  enum class Kind : std::uint8_t {
    cut,           ///< half of the next chunk goes out, then the socket closes
    corrupt,       ///< one byte of the next chunk is flipped on its way, after it was hashed
    delay,         ///< from the next chunk on nothing goes out, for `duration`
    duplicate,     ///< the next chunk goes out twice
    stop_reading,  ///< nothing is read from now on, for `duration`
  };
  Kind kind = Kind::cut;
  std::chrono::nanoseconds duration{0};
};

/// Messages on their way to a socket, in order. It does no I/O itself: it says which bytes are
/// next.
class Outbox {
  static constexpr std::size_t kGathered = 8;  // messages in one write; most are alone

 public:
  static constexpr std::size_t kMostBuffers = 2 * kGathered;

  struct Message {
    std::array<std::byte, kMessageHeaderBytes> header;
    std::span<const std::byte> payload;  ///< somebody else's memory, until `done`
    std::string owned;                   ///< or, where it is not empty, this is the payload
    std::function<void()> done;
    bool last = false;      ///< the socket closes behind it
    bool bulk = false;      ///< a thread of the connection's own writes it
    bool unhashed = false;  ///< and writes the payload's hash into the header

    std::span<const std::byte> bytes() const {
      return owned.empty() ? payload : std::as_bytes(std::span(owned));
    }
    std::size_t size() const { return kMessageHeaderBytes + bytes().size(); }
  };

  void push(Message);
  bool empty() const { return messages_.empty(); }
  std::size_t count() const { return messages_.size(); }
  /// Not yet taken, of all messages.
  std::size_t bytes() const { return bytes_; }

  /// The bytes to write next, headers and payloads of several messages, none of them bulk; valid
  /// until the next push.
  std::span<const asio::const_buffer> next();
  /// The socket has taken that many of them. The messages that are through are given to `through`,
  /// and no more follow a last one.
  void took(std::size_t bytes, const std::function<void(Message)>& through);

  /// A message stays where it is until it is through.
  Message& operator[](std::size_t index) { return messages_[index]; }
  /// What of a message is not yet taken.
  struct Rest {
    std::span<std::byte> header;
    std::span<const std::byte> payload;
    std::size_t size() const { return header.size() + payload.size(); }
  };
  Rest rest(std::size_t index);

 private:
  std::deque<Message> messages_;
  std::array<asio::const_buffer, kMostBuffers> buffers_;
  std::size_t taken_of_head_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace splitbench
