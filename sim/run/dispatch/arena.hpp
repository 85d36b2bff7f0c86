#pragma once
#include <cstdint>
#include <map>
#include <optional>

namespace splitbench {

/// Who has which part of a memory that somebody else owns: first fit, neighbours coalesce.
class Arena {
 public:
  explicit Arena(std::uint64_t bytes) : free_{{0, bytes}} {}

  /// The offset of `bytes` bytes, aligned to 256, or nothing when no gap is large enough now.
  std::optional<std::uint64_t> take(std::uint64_t bytes);
  /// Gives back exactly what take() handed out.
  void give_back(std::uint64_t offset, std::uint64_t bytes);

  static std::uint64_t rounded(std::uint64_t bytes) { return (bytes + 255) / 256 * 256; }

 private:
  std::map<std::uint64_t, std::uint64_t> free_;  // offset -> bytes
};

}  // namespace splitbench
