#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace splitbench::format_reference {

// FORMAT.md once more, element by element and with nothing from the codec, so that a mistake of the
// codec's cannot hide in its own decoder.

using Bytes = std::vector<std::uint8_t>;

struct Type {
  unsigned bytes, exponent_bits, mantissa_bits, code_bits;
  std::vector<unsigned> planes;
};

inline Type type_of(unsigned element_type) {
  if (element_type == 1) return {2, 8, 7, 4, {4, 8}};
  if (element_type == 2) return {1, 5, 2, 4, {4, 2, 1}};
  if (element_type == 3) return {1, 4, 3, 3, {4, 2, 1}};
  throw std::invalid_argument("no such type");
}

inline std::uint64_t mix(std::uint64_t word, std::uint64_t position) {
  std::uint64_t x = word + (position + 1) * 0x9e3779b97f4a7c15u;
  x = (x ^ x >> 32) * 0xd6e8feb86659fd93u;
  return x ^ x >> 32;
}

inline std::uint64_t number(const Bytes& bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size && at + i < bytes.size(); ++i)
    value |= std::uint64_t{bytes[at + i]} << 8 * i;
  return value;
}

inline std::uint64_t digest(const Bytes& bytes) {
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at < bytes.size(); at += 8) sum += mix(number(bytes, at, 8), at / 8);
  return sum;
}

inline void append(Bytes& bytes, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> 8 * i));
}

inline void append_section(Bytes& frame, Bytes section) {
  section.resize((section.size() + 127) / 128 * 128);
  frame.insert(frame.end(), section.begin(), section.end());
}

inline Bytes with_header(unsigned kind, unsigned element_type, std::uint64_t n, std::uint64_t e,
                         Bytes codebook, std::uint64_t digest_of_raw, const Bytes& sections) {
  codebook.resize(16);
  const std::uint64_t id =
      mix(number(codebook, 0, 8), 0) + mix(number(codebook, 8, 8), 1) + mix(element_type, 2);
  Bytes header = {'S', 'P', 'Z', 'V', 1};
  append(header, kind, 1);
  append(header, element_type, 1);
  append(header, kind == 0 ? 0 : type_of(element_type).code_bits, 1);
  append(header, n, 8);
  append(header, 128 + sections.size(), 8);
  append(header, e, 8);
  append(header, kind == 0 ? 0 : id, 8);
  append(header, digest_of_raw, 8);
  header.resize(112);
  header.insert(header.end(), codebook.begin(), codebook.end());
  const std::uint64_t checksum = digest(header);
  for (std::size_t i = 0; i < 8; ++i) header[48 + i] = static_cast<std::uint8_t>(checksum >> 8 * i);
  header.insert(header.end(), sections.begin(), sections.end());
  return header;
}

inline Bytes encode(unsigned element_type, const Bytes& raw, const Bytes& codebook,
                    bool splitzip = true) {
  const Type type = type_of(element_type);
  const std::size_t n = raw.size() / type.bytes;
  std::vector<Bytes> planes;
  for (const unsigned bits : type.planes) planes.emplace_back((n * bits + 7) / 8);
  Bytes tile_ends, escapes;
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint64_t element = number(raw, i * type.bytes, type.bytes);
    const std::uint64_t sign = element >> (type.exponent_bits + type.mantissa_bits);
    const std::uint64_t mantissa = element % (1u << type.mantissa_bits);
    const std::uint64_t exponent = (element >> type.mantissa_bits) % (1u << type.exponent_bits);
    std::uint64_t code = 0;
    while (code < codebook.size() && codebook[code] != exponent) ++code;
    if (code == codebook.size()) {
      append(escapes, i % 16'384, 2);
      append(escapes, exponent, 1);
      code = 0;
    }
    if (i % 16'384 == 16'383 || i + 1 == n) append(tile_ends, escapes.size() / 3, 4);
    std::uint64_t word = ((sign << type.mantissa_bits | mantissa) << type.code_bits) | code;
    for (std::size_t plane = 0; plane < planes.size(); ++plane) {
      for (unsigned bit = 0; bit < type.planes[plane]; ++bit, word >>= 1) {
        const std::size_t k = i * type.planes[plane] + bit;
        planes[plane][k / 8] |= static_cast<std::uint8_t>((word & 1) << k % 8);
      }
    }
  }
  Bytes stored, sections;
  append_section(stored, raw);
  for (const Bytes& plane : planes) append_section(sections, plane);
  append_section(sections, tile_ends);
  append_section(sections, escapes);
  if (!splitzip || sections.size() >= stored.size())
    return with_header(0, element_type, n, 0, {}, digest(raw), stored);
  return with_header(1, element_type, n, escapes.size() / 3, codebook, digest(raw), sections);
}

}  // namespace splitbench::format_reference
