#pragma once
#include <cstdint>
#include <vector>

namespace splitbench {

/// The positions of a tensor's tokens in their contexts: pages of so many tokens, the last one
/// shorter, each with the position of its first. Positions matter to the ratio alone.
struct Pages {
  std::uint32_t page_tokens = 1;
  std::vector<std::uint32_t> first_positions;

  std::uint32_t position(std::uint32_t token) const {
    return first_positions[token / page_tokens] + token % page_tokens;
  }

  bool operator==(const Pages&) const = default;
};

/// Returns tokens in a row.
inline Pages one_page(std::uint32_t tokens, std::uint32_t first_position = 0) {
  return {.page_tokens = tokens, .first_positions = {first_position}};
}

}  // namespace splitbench
