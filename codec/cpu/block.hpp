#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "codec/codebook.hpp"

namespace splitbench {

/// A codebook as tables that fit vector registers. A layer holds, for each value of an exponent's
/// low four bits, at most one exponent and its code, so a lookup is two shuffles and a comparison.
/// A window of consecutive exponents takes one layer, a window and zero two, the worst codebook 16.
class CodeTable {
 public:
  struct Layer {
    /// The exponent of each slot; an empty slot holds a value that no exponent with these low bits
    /// equals.
    alignas(16) std::array<std::uint8_t, 16> exponents;
    alignas(16) std::array<std::uint8_t, 16> codes{};
  };

  /// Makes the table of a codebook that is valid for frames of this kind; a code of a ranked one is
  /// a rank.
  explicit CodeTable(const Codebook& codebook, FrameKind kind = FrameKind::splitzip)
      : element_type_(codebook.element_type), exponents_(codebook.exponents) {
    codes_.fill(kEscaped);
    std::array<std::uint8_t, 16> depths{};
    for (unsigned code = 0; code < codebook.size(kind); ++code) {
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
  /// Returns the code of an exponent, or kEscaped if it has none.
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

/// The number of elements in a block, the step in which tensors are processed. Blocks stay in the
/// first cache with all that is made of them: a byte comes from memory once, however many steps
/// read it.
inline constexpr std::size_t kBlockElements = 4096;

/// The addresses at which a block begins in each plane.
using Planes = std::array<std::byte*, 3>;
using ConstPlanes = std::array<const std::byte*, 3>;

/// A bit for each element of a block, set if its exponent has no code.
using EscapeBits = std::array<std::uint64_t, kBlockElements / 64>;

inline unsigned load_element(const std::byte* raw, std::size_t index, unsigned bytes) {
  if (bytes == 1) return static_cast<unsigned>(raw[index]);
  return static_cast<unsigned>(raw[2 * index]) | static_cast<unsigned>(raw[2 * index + 1]) << 8;
}

inline void store_element(std::byte* raw, std::size_t index, unsigned bytes, unsigned element) {
  raw[bytes * index] = static_cast<std::byte>(element);
  if (bytes == 2) raw[2 * index + 1] = static_cast<std::byte>(element >> 8);
}

/// Writes the planes of the elements in `raw`, at most a block of them, up to the last byte that
/// belongs to them. All of `escaped` is written.
void encode_block(const CodeTable& table, std::span<const std::byte> raw, const Planes& planes,
                  EscapeBits& escaped);

/// Writes the elements of the planes to `raw`, as if none were escaped.
void decode_block(const CodeTable& table, const ConstPlanes& planes, std::span<std::byte> raw);

// The codec's inner loops in vectors as wide as the machine has, chosen at run time. They process
// whole vectors, return the number of elements in those, and leave the rest to their caller.

/// Encodes the first elements as encode_block does, but writes only their bits of `escaped`.
std::size_t vector_encode(const CodeTable& table, const std::byte* raw, std::size_t elements,
                          const Planes& planes, EscapeBits& escaped);

/// Decodes the first elements as decode_block does.
std::size_t vector_decode(const CodeTable& table, const ConstPlanes& planes, std::byte* raw,
                          std::size_t elements);

}  // namespace splitbench
