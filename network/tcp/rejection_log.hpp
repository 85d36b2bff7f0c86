#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace splitbench {

/// The lines that a listener writes about the callers that it rejects. The first ones are named; of
/// later ones it says only that their number has doubled, so that a flood of calls neither fills a
/// log nor slows down whoever writes it. A value, without I/O.
class RejectionLog {
 public:
  /// `listener` is the beginning of each line, such as "decode worker 0 ".
  explicit RejectionLog(std::string listener = "") : listener_(std::move(listener)) {}

  /// Counts a caller at address `who`. Returns the line to write, without its end, if there is one.
  std::optional<std::string> rejected(const std::string& who, const std::string& why);

  static constexpr std::uint64_t kNamed = 64;  ///< number of callers that are named

 private:
  std::string listener_;
  std::uint64_t count_ = 0;
};

}  // namespace splitbench
