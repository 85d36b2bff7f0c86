#pragma once
#include <chrono>
#include <string>

namespace splitbench {

/// When a connection gives up its peer. Time is counted in ticks of this side's io_context, so that
/// a standstill here is not blamed on the peer; somebody else waits for each tick.
class Deadlines {
 public:
  Deadlines(std::chrono::milliseconds handshake, std::chrono::milliseconds silence)
      : handshake_(handshake), silence_(silence) {}

  /// The length of a tick.
  std::chrono::milliseconds tick() const { return (open_ ? silence_ : handshake_) / kTicks; }
  /// A tick has passed.
  void pass();
  /// The handshake is through: from now on it is silence that has an end.
  void open();
  /// Something came from the peer, or nothing is expected of it now.
  void heard() { ticks_heard_ = 0; }
  /// The socket took something, or got something to take, or shall take nothing now.
  void taken() { ticks_taken_ = 0; }

  /// The time of the handshake is up, whether or not it is through.
  bool handshake_is_over() const { return ticks_ > kTicks; }
  /// This side has said so little that it should ping.
  bool wants_ping() const { return open_ && ticks_taken_ >= kPingTicks; }
  /// Returns why the peer is to be given up, or nothing. `unsent`: the socket has something to
  /// take; `in_message`: the peer has sent a part of a message.
  std::string overdue(bool unsent, bool in_message) const;

  static constexpr unsigned kTicks = 8;      ///< of a deadline
  static constexpr unsigned kPingTicks = 2;  ///< of its own silence, after which a side pings

 private:
  std::chrono::milliseconds handshake_, silence_;
  bool open_ = false;
  unsigned ticks_ = 0;        // since the handshake began
  unsigned ticks_heard_ = 0;  // since anything was heard
  unsigned ticks_taken_ = 0;  // since the socket took anything, or got something to take
};

}  // namespace splitbench
