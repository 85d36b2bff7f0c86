#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "codec/predicted/features.hpp"

namespace splitbench {

/// Some tokens of a tensor, evenly spread, with what predicts them: a small tensor, each token of
/// which is a page of its own.
class TokenSample {
 public:
  /// Takes at most `count` tokens of `elements`, and so many of those of the references that are
  /// not empty.
  TokenSample(std::span<const std::uint16_t> elements, const References& references,
              const Pages& pages, std::uint32_t row, std::uint32_t count);

  std::uint32_t tokens() const { return static_cast<std::uint32_t>(pages_.first_positions.size()); }
  const Pages& pages() const { return pages_; }
  std::span<const std::uint16_t> elements() const { return elements_; }
  References references() const {
    return {.own_key = references_[0],
            .own_values = references_[1],
            .key_before = references_[2],
            .values_before = references_[3]};
  }

 private:
  Pages pages_;
  std::vector<std::uint16_t> elements_;
  std::array<std::vector<std::uint16_t>, 4> references_;
};

}  // namespace splitbench
