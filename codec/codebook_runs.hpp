#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "codec/codebook.hpp"

namespace splitbench {

/// A codebook as its runs of consecutive exponents. Within a run code and exponent differ by a
/// constant, so both directions are arithmetic on whole vectors instead of a table. Real codebooks
/// have one run, or two.
class CodebookRuns {
 public:
  explicit CodebookRuns(const Codebook& codebook) {
    int previous_shift = 0;
    for (int code = 0; code < static_cast<int>(codebook.exponents.size()); ++code) {
      const int shift = codebook.exponents[code] - code;
      if (code == 0 || shift != previous_shift) {
        runs_[count_++] = {.first_exponent = codebook.exponents[code],
                           .first_code = static_cast<std::uint8_t>(code),
                           .length = 0,
                           .step = static_cast<std::uint8_t>(shift - previous_shift)};
      }
      ++runs_[count_ - 1].length;
      previous_shift = shift;
    }
  }

  /// codes[i] is the code of exponents[i] and escaped[i] 0; where there is no code they are 0 and
  /// 0xff.
  void to_codes(const std::uint8_t* __restrict exponents, std::size_t n,
                std::uint8_t* __restrict codes, std::uint8_t* __restrict escaped) const {
    for (std::size_t i = 0; i < n; ++i) codes[i] = 0;
    for (std::size_t i = 0; i < n; ++i) escaped[i] = 0xff;
    for (const Run run : runs()) {
      for (std::size_t i = 0; i < n; ++i) {
        const auto distance = static_cast<std::uint8_t>(exponents[i] - run.first_exponent);
        const std::uint8_t inside = distance < run.length ? 0xff : 0;
        codes[i] |= static_cast<std::uint8_t>((distance + run.first_code) & inside);
        escaped[i] &= static_cast<std::uint8_t>(~inside);
      }
    }
  }

  /// The exponents of codes, each below 16.
  void to_exponents(const std::uint8_t* __restrict codes, std::size_t n,
                    std::uint8_t* __restrict exponents) const {
    for (std::size_t i = 0; i < n; ++i) exponents[i] = codes[i];
    for (const Run run : runs()) {
      for (std::size_t i = 0; i < n; ++i) {
        exponents[i] =
            static_cast<std::uint8_t>(exponents[i] + (codes[i] >= run.first_code ? run.step : 0));
      }
    }
  }

 private:
  struct Run {
    std::uint8_t first_exponent;
    std::uint8_t first_code;
    std::uint8_t length;
    std::uint8_t step;  ///< how much more exponent minus code is than in the run before
  };
  std::span<const Run> runs() const { return {runs_.data(), count_}; }

  std::array<Run, 16> runs_;
  std::size_t count_ = 0;
};

}  // namespace splitbench
