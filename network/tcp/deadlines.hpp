#pragma once
#include <chrono>
#include <string>

namespace splitbench {

/// Decides when a connection gives up the remote end. Time is counted in ticks of this side's
/// io_context, so that a standstill here is not blamed on the remote end; the caller waits for each
/// tick. Not thread-safe.
class Deadlines {
 public:
  /// `handshake` is the longest that a handshake may take, `silence` the longest after it in which
  /// the remote end may send nothing, or take nothing of what it is sent.
  Deadlines(std::chrono::milliseconds handshake, std::chrono::milliseconds silence)
      : handshake_(handshake), silence_(silence) {}

  /// Returns the length of a tick, which changes when open() is called.
  std::chrono::milliseconds tick() const { return (open_ ? silence_ : handshake_) / kTicks; }
  /// Counts a tick that has passed.
  void pass();
  /// Notes that the handshake is complete: from now on silence has a limit instead.
  void open();
  /// Notes that something came from the remote end, or that nothing is expected of it now.
  void heard() { ticks_heard_ = 0; }
  /// Notes that the socket took something, got something to take, or is not to take anything now,
  /// because writing is held.
  void taken() { ticks_taken_ = 0; }

  /// Returns whether more ticks have passed than a handshake may take. Of use until open() alone.
  bool handshake_is_over() const { return ticks_ > kTicks; }
  /// Returns whether this side has sent so little that it should ping.
  bool wants_ping() const { return open_ && ticks_taken_ >= kPingTicks; }
  /// Returns the reason to give up the remote end, or an empty string. `unsent`: the socket has
  /// something to take; `in_message`: the remote end has sent a part of a message.
  std::string overdue(bool unsent, bool in_message) const;

  static constexpr unsigned kTicks = 8;      ///< number of ticks in a deadline
  static constexpr unsigned kPingTicks = 2;  ///< ticks of its own silence after which a side pings

 private:
  std::chrono::milliseconds handshake_, silence_;
  bool open_ = false;
  unsigned ticks_ = 0;        // ticks since the handshake began
  unsigned ticks_heard_ = 0;  // ticks since anything was heard
  unsigned ticks_taken_ = 0;  // ticks since the socket took anything, or got something to take
};

}  // namespace splitbench
