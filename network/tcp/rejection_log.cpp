#include "network/tcp/rejection_log.hpp"

#include <bit>
#include <fmt/format.h>

namespace splitbench {

std::optional<std::string> RejectionLog::rejected(const std::string& who, const std::string& why) {
  ++count_;
  if (count_ <= kNamed) return fmt::format("{}rejected {}: {}", listener_, who, why);
  if (!std::has_single_bit(count_)) return std::nullopt;
  return fmt::format("{}rejected {} connections so far, the last one {}: {}", listener_, count_,
                     who, why);
}

}  // namespace splitbench
