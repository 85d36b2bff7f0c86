#pragma once
#include <chrono>
#include <optional>
#include <string>

namespace splitbench {

/// The attempts of one caller to be let in. A crowded listener turns away whoever was not quick
/// enough, and does not know that it was a process of its run; so the caller calls again, a few
/// times, after a pause that doubles. A value, without I/O.
class CallAttempts {
 public:
  /// Notes that the listener closed the connection before the handshake was complete. Returns the
  /// pause before the next attempt, or nothing if that was the last one.
  std::optional<std::chrono::milliseconds> turned_away(const std::string& why);
  /// Returns why the first attempt failed, or this reason if none did: a later one may fail only
  /// because the listener has ended in the meantime.
  const std::string& first_reason(const std::string& otherwise) const;

  static constexpr unsigned kMost = 7;  ///< number of attempts
  static constexpr std::chrono::milliseconds kFirstPause{10};

 private:
  unsigned failed_ = 0;
  std::string first_reason_;
};

}  // namespace splitbench
