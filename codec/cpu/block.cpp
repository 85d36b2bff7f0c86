#include "codec/cpu/block.hpp"

#include <algorithm>

#include "codec/frame.hpp"

namespace splitbench {
namespace {

/// Encodes one element after another, from `first` on: those that vectors have left.
void encode_elements(const CodeTable& table, std::span<const std::byte> raw, const Planes& planes,
                     EscapeBits& escaped, std::size_t first) {
  const ElementFormat format = element_format(table.element_type());
  const std::size_t n = raw.size() / format.bytes;
  for (std::size_t plane = 0; plane < planes.size(); ++plane) {
    const unsigned bits = format.plane_bits[plane];
    std::fill(planes[plane] + plane_bytes(first, bits), planes[plane] + plane_bytes(n, bits),
              std::byte{0});
  }
  for (std::size_t i = first; i < n; ++i) {
    const unsigned element = load_element(raw.data(), i, format.bytes);
    const unsigned code = table.code_of(format.exponent(element));
    const bool escapes = code == CodeTable::kEscaped;
    if (escapes) escaped[i / 64] |= std::uint64_t{1} << i % 64;
    unsigned value = format.sign_mantissa(element) << format.code_bits | (escapes ? 0 : code);
    for (std::size_t plane = 0; plane < planes.size(); ++plane) {
      const unsigned bits = format.plane_bits[plane];
      const unsigned cut = value & ((1u << bits) - 1);
      if (bits != 0) planes[plane][i * bits / 8] |= static_cast<std::byte>(cut << i * bits % 8);
      value >>= bits;
    }
  }
}

void decode_elements(const CodeTable& table, const ConstPlanes& planes, std::span<std::byte> raw,
                     std::size_t first) {
  const ElementFormat format = element_format(table.element_type());
  for (std::size_t i = first; i < raw.size() / format.bytes; ++i) {
    unsigned value = 0;
    unsigned shift = 0;
    for (std::size_t plane = 0; plane < planes.size(); ++plane) {
      const unsigned bits = format.plane_bits[plane];
      if (bits == 0) continue;
      const auto byte = static_cast<unsigned>(planes[plane][i * bits / 8]);
      value |= (byte >> i * bits % 8 & ((1u << bits) - 1)) << shift;
      shift += bits;
    }
    const unsigned exponent = table.exponent_of(value & (format.codes() - 1));
    store_element(raw.data(), i, format.bytes, format.join(exponent, value >> format.code_bits));
  }
}

}  // namespace

void encode_block(const CodeTable& table, std::span<const std::byte> raw, const Planes& planes,
                  EscapeBits& escaped) {
  escaped.fill(0);
  const std::size_t elements = raw.size() / element_bytes(table.element_type());
  const std::size_t done = vector_encode(table, raw.data(), elements, planes, escaped);
  encode_elements(table, raw, planes, escaped, done);
}

void decode_block(const CodeTable& table, const ConstPlanes& planes, std::span<std::byte> raw) {
  const std::size_t elements = raw.size() / element_bytes(table.element_type());
  const std::size_t done = vector_decode(table, planes, raw.data(), elements);
  decode_elements(table, planes, raw, done);
}

}  // namespace splitbench
