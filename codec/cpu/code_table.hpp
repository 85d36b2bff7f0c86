#pragma once
#include <array>
#include <cstdint>
#include <span>

#include "codec/codebook.hpp"

namespace splitbench {

/// A codebook as tables that fit vector registers. A layer holds, for each value of an exponent's
/// low four bits, at most one exponent and its code, so a lookup is two shuffles and a comparison.
/// A window of consecutive exponents takes one layer, with zero added two, the worst codebook 16.
class CodeTable {
 public:
  struct Layer {
    alignas(16) std::array<std::uint8_t, 16> exponents;  ///< where there is none, one that no
                                                         ///< exponent with these low bits equals
    alignas(16) std::array<std::uint8_t, 16> codes{};
  };

  explicit CodeTable(const Codebook& codebook)
      : element_type_(codebook.element_type), exponents_(codebook.exponents) {
    codes_.fill(kEscaped);
    std::array<std::uint8_t, 16> depths{};
    for (unsigned code = 0; code < codebook.size(); ++code) {
      const std::uint8_t exponent = codebook.exponents[code];
      codes_[exponent] = static_cast<std::uint8_t>(code);
      const std::size_t slot = exponent % 16;
      const std::size_t depth = depths[slot]++;
      if (depth == depth_) clear(layers_[depth_++]);
      layers_[depth].exponents[slot] = exponent;
      layers_[depth].codes[slot] = static_cast<std::uint8_t>(code);
    }
  }

  static constexpr std::uint8_t kEscaped = 0xff;

  ElementType element_type() const { return element_type_; }
  std::uint8_t exponent_of(unsigned code) const { return exponents_[code]; }
  /// kEscaped where there is none.
  std::uint8_t code_of(unsigned exponent) const { return codes_[exponent]; }

  const std::array<std::uint8_t, 16>& exponents() const { return exponents_; }
  std::span<const Layer> layers() const { return {layers_.data(), depth_}; }

 private:
  static void clear(Layer& layer) {
    for (unsigned slot = 0; slot < 16; ++slot)
      layer.exponents[slot] = static_cast<std::uint8_t>(~slot);
  }

  ElementType element_type_;
  alignas(16) std::array<std::uint8_t, 16> exponents_;
  std::array<std::uint8_t, 256> codes_;
  std::array<Layer, 16> layers_;
  std::size_t depth_ = 0;
};

}  // namespace splitbench
