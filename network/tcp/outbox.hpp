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

/// A fault that a scenario injects at one end of a connection, to show how the other end reacts.
struct ConnectionFault {
  enum class Kind : std::uint8_t {
    cut,           ///< half of the next chunk goes out, then the socket closes
    corrupt,       ///< one byte of the next chunk is flipped after the chunk was hashed
    delay,         ///< nothing goes out for `duration`, starting with the next chunk
    duplicate,     ///< the next chunk goes out twice
    stop_reading,  ///< nothing is read for `duration`, starting now
  };
  Kind kind = Kind::cut;
  std::chrono::nanoseconds duration{0};
};

/// A queue of messages on their way to a socket. It does no I/O itself: it names the bytes to write
/// next. Not thread-safe.
class Outbox {
  static constexpr std::size_t kGathered = 8;  // messages in one write; most are alone

 public:
  static constexpr std::size_t kMostBuffers = 2 * kGathered;

  struct Message {
    std::array<std::byte, kMessageHeaderBytes> header;
    std::span<const std::byte> payload;  ///< not owned: must live until `done` is called
    std::string owned;                   ///< used as the payload instead if it is not empty
    std::function<void()> done;
    bool last = false;      ///< the socket closes after it
    bool bulk = false;      ///< written by a thread of the connection's own
    bool unhashed = false;  ///< that thread also writes the payload's hash into the header

    std::span<const std::byte> bytes() const {
      return owned.empty() ? payload : std::as_bytes(std::span(owned));
    }
    std::size_t size() const { return kMessageHeaderBytes + bytes().size(); }
  };

  void push(Message);
  bool empty() const { return messages_.empty(); }
  std::size_t count() const { return messages_.size(); }
  /// Returns the number of bytes of all messages that the socket has not taken yet.
  std::size_t bytes() const { return bytes_; }

  /// Returns the bytes to write next: headers and payloads of several messages, none of them bulk.
  /// The buffers are valid until the next call of next(), push() or took().
  std::span<const asio::const_buffer> next();
  /// Notes that the socket has taken that many of them. Passes every message that has been taken
  /// whole to `through`; no more follow one that is marked `last`.
  void took(std::size_t bytes, const std::function<void(Message)>& through);

  /// Returns a message by its place in the queue; the reference is valid until the message has been
  /// taken whole.
  Message& operator[](std::size_t index) { return messages_[index]; }
  /// The part of a message that the socket has not taken yet, as views into that message.
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
