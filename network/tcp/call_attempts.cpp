#include "network/tcp/call_attempts.hpp"

namespace splitbench {

std::optional<std::chrono::milliseconds> CallAttempts::turned_away(const std::string& why) {
  if (failed_ == 0) first_reason_ = why;
  if (++failed_ == kMost) return std::nullopt;
  return kFirstPause * (1u << (failed_ - 1));
}

const std::string& CallAttempts::first_reason(const std::string& otherwise) const {
  return failed_ == 0 ? otherwise : first_reason_;
}

}  // namespace splitbench
