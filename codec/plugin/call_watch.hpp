#pragma once
#include <chrono>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace splitbench {

/// Knows which calls into foreign code are under way, and since when, so that a thread that is not
/// in one can tell that it does not return. May be used from any thread.
class CallWatch {
 public:
  using Clock = std::chrono::steady_clock;

  /// A call that is under way as long as this object lives. The watch, and the text that says what
  /// is called, must outlive it.
  class Call {
   public:
    Call(CallWatch& watch, std::string_view what) : watch_(watch) {
      const std::lock_guard lock(watch_.mutex_);
      place_ = watch_.calls_.insert(watch_.calls_.end(), {what, Clock::now()});
    }
    ~Call() {
      const std::lock_guard lock(watch_.mutex_);
      watch_.calls_.erase(place_);
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    CallWatch& watch_;
    std::list<std::pair<std::string_view, Clock::time_point>>::iterator place_;
  };

  /// Returns what has been called for longer than this, or nothing.
  std::optional<std::string> longer_than(Clock::duration limit) const {
    const std::lock_guard lock(mutex_);
    if (calls_.empty() || Clock::now() - calls_.front().second <= limit) return std::nullopt;
    return std::string(calls_.front().first);
  }

 private:
  mutable std::mutex mutex_;
  std::list<std::pair<std::string_view, Clock::time_point>> calls_;  // the oldest first
};

}  // namespace splitbench
