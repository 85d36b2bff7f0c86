#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace splitbench::format_reference {

// A second implementation of FORMAT.md, element by element and with nothing from the codec, so that
// a mistake of the codec cannot hide in its own decoder.

using Bytes = std::vector<std::uint8_t>;

struct Type {
  unsigned bytes, exponent_bits, mantissa_bits, code_bits;
  std::vector<unsigned> planes;
  std::vector<unsigned> levels, ranked_planes;
};

inline Type type_of(unsigned element_type) {
  if (element_type == 1) return {2, 8, 7, 4, {4, 8}, {2, 2, 3}, {8}};
  if (element_type == 2) return {1, 5, 2, 4, {4, 2, 1}, {2, 2, 2}, {2, 1}};
  if (element_type == 3) return {1, 4, 3, 3, {4, 2, 1}, {2, 2, 2}, {4}};
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

inline std::uint64_t checksum(const Bytes& bytes) {
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at < bytes.size(); at += 8) sum += mix(number(bytes, at, 8), at / 8);
  return sum;
}

inline std::uint64_t digest(const Bytes& bytes) {
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at < bytes.size(); at += 4) {
    const std::size_t strip = at / 2048, row = at % 2048 / 512, column = at % 512 / 16;
    const std::uint64_t word_key = mix(0, 4 * row + at % 16 / 4) % (1ull << 32) | 0x80000001u;
    sum += number(bytes, at, 4) * word_key * (mix(0, 32 * strip + column) | 1);
  }
  return sum;
}

/// Returns what a frame of this version has as the digest of its elements.
inline std::uint64_t digest(unsigned version, const Bytes& bytes) {
  return version == 1 ? checksum(bytes) : digest(bytes);
}

inline void append(Bytes& bytes, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> 8 * i));
}

inline void append_section(Bytes& frame, Bytes section) {
  section.resize((section.size() + 127) / 128 * 128);
  frame.insert(frame.end(), section.begin(), section.end());
}

struct Frame {
  unsigned version, kind, element_type, code_bits;
  std::uint64_t elements, escapes, words;
  Bytes codebook;
  std::uint64_t digest;
  Bytes sections;
};

inline Bytes with_header(Frame frame) {
  frame.codebook.resize(16);
  const std::uint64_t id = mix(number(frame.codebook, 0, 8), 0) +
                           mix(number(frame.codebook, 8, 8), 1) + mix(frame.element_type, 2);
  Bytes header = {'S', 'P', 'Z', 'V', static_cast<std::uint8_t>(frame.version)};
  append(header, frame.kind, 1);
  append(header, frame.element_type, 1);
  append(header, frame.code_bits, 1);
  append(header, frame.elements, 8);
  append(header, 128 + frame.sections.size(), 8);
  append(header, frame.escapes, 8);
  append(header, frame.kind == 0 ? 0 : id, 8);
  append(header, frame.digest, 8);
  append(header, 0, 8);
  append(header, frame.words, 8);
  header.resize(112);
  header.insert(header.end(), frame.codebook.begin(), frame.codebook.end());
  const std::uint64_t sum = checksum(header);
  for (std::size_t i = 0; i < 8; ++i) header[48 + i] = static_cast<std::uint8_t>(sum >> 8 * i);
  header.insert(header.end(), frame.sections.begin(), frame.sections.end());
  return header;
}

struct Parts {
  std::uint64_t exponent, sign_mantissa;
};

inline Parts parts_of(const Type& type, const Bytes& raw, std::size_t i) {
  const std::uint64_t element = number(raw, i * type.bytes, type.bytes);
  const std::uint64_t sign = element >> (type.exponent_bits + type.mantissa_bits);
  const std::uint64_t mantissa = element % (1u << type.mantissa_bits);
  return {.exponent = (element >> type.mantissa_bits) % (1u << type.exponent_bits),
          .sign_mantissa = sign << type.mantissa_bits | mantissa};
}

/// Sets `count` bits of a plane, from bit `first` on.
inline void put_bits(Bytes& plane, std::size_t first, unsigned count, std::uint64_t value) {
  for (unsigned bit = 0; bit < count; ++bit, value >>= 1) {
    const std::size_t k = first + bit;
    if (k / 8 >= plane.size()) plane.resize(k / 8 + 1);
    plane[k / 8] |= static_cast<std::uint8_t>((value & 1) << k % 8);
  }
}

inline Bytes encode_stored(unsigned version, unsigned element_type, const Bytes& raw) {
  const std::size_t n = raw.size() / type_of(element_type).bytes;
  Bytes sections;
  append_section(sections, raw);
  return with_header({version, 0, element_type, 0, n, 0, 0, {}, digest(version, raw), sections});
}

inline Bytes encode_splitzip(unsigned version, unsigned element_type, const Bytes& raw,
                             const Bytes& codebook) {
  const Type type = type_of(element_type);
  const std::size_t n = raw.size() / type.bytes;
  std::vector<Bytes> planes;
  for (const unsigned bits : type.planes) planes.emplace_back((n * bits + 7) / 8);
  Bytes tile_ends, escapes;
  for (std::size_t i = 0; i < n; ++i) {
    const Parts parts = parts_of(type, raw, i);
    std::uint64_t code = 0;
    while (code < codebook.size() && codebook[code] != parts.exponent) ++code;
    if (code == codebook.size()) {
      append(escapes, i % 16'384, 2);
      append(escapes, parts.exponent, 1);
      code = 0;
    }
    if (i % 16'384 == 16'383 || i + 1 == n) append(tile_ends, escapes.size() / 3, 4);
    std::uint64_t word = parts.sign_mantissa << type.code_bits | code;
    for (std::size_t plane = 0; plane < planes.size(); ++plane) {
      put_bits(planes[plane], i * type.planes[plane], type.planes[plane], word);
      word >>= type.planes[plane];
    }
  }
  Bytes sections;
  for (const Bytes& plane : planes) append_section(sections, plane);
  append_section(sections, tile_ends);
  append_section(sections, escapes);
  return with_header({version, 1, element_type, type.code_bits, n, escapes.size() / 3, 0, codebook,
                      digest(version, raw), sections});
}

/// Returns the elements of a block in the order of its stream: `halves` for the order of a level of
/// three bits, `descending` for that of any level, but not of escapes.
inline std::vector<std::size_t> stream_order(bool halves, bool descending) {
  std::vector<std::size_t> order;
  for (std::size_t lane = 0; lane < 32; ++lane) {
    for (std::size_t chunk = 0; chunk < 4; ++chunk) {
      for (std::size_t half = 0; half < (halves ? 2 : 1); ++half) {
        const std::size_t words = halves ? 2 : 4;
        for (std::size_t column = 0; column < 4; ++column) {
          for (std::size_t i = 0; i < words; ++i) {
            const std::size_t word = half * 2 + (descending ? words - 1 - i : i);
            const std::size_t group = 2 * chunk + word % 2;
            order.push_back(256 * group + 8 * lane + 2 * column + word / 2);
          }
        }
      }
    }
  }
  return order;
}

inline Bytes encode_ranked(unsigned version, unsigned element_type, const Bytes& raw,
                           const Bytes& codebook) {
  const Type type = type_of(element_type);
  const std::size_t n = raw.size() / type.bytes, blocks = (n + 2047) / 2048;
  std::vector<Bytes> planes;
  for (const unsigned bits : type.ranked_planes) planes.emplace_back((n * bits + 7) / 8);
  for (std::size_t i = 0; i < n; ++i) {
    std::uint64_t word = parts_of(type, raw, i).sign_mantissa;
    for (std::size_t plane = 0; plane < planes.size(); ++plane) {
      put_bits(planes[plane], i * type.ranked_planes[plane], type.ranked_planes[plane], word);
      word >>= type.ranked_planes[plane];
    }
  }
  Bytes first_level(512 * blocks), block_ends, tile_ends, stream;
  std::size_t tile_begin = 0;
  for (std::size_t block = 0; block < blocks; ++block) {
    std::vector<std::size_t> rank(2048), exponent(2048);
    for (std::size_t i = 0; i < 2048 && 2048 * block + i < n; ++i) {
      exponent[i] = parts_of(type, raw, 2048 * block + i).exponent;
      while (rank[i] < codebook.size() && codebook[rank[i]] != exponent[i]) ++rank[i];
    }
    std::size_t place = 0;
    for (const std::size_t i : stream_order(false, false))
      put_bits(first_level, 4096 * block + 2 * place++, 2, std::min<std::size_t>(rank[i], 3));
    Bytes bytes;
    std::size_t bits = 0;
    for (std::size_t level = 1; level < 3; ++level) {
      const unsigned width = type.levels[level];
      for (const std::size_t i : stream_order(width == 3, true)) {
        if (rank[i] < 3 * level) continue;
        const std::size_t most = (std::size_t{1} << width) - 1;
        put_bits(bytes, bits, width, std::min(rank[i] - 3 * level, most));
        bits += width;
      }
    }
    for (const std::size_t i : stream_order(false, false)) {
      if (rank[i] == codebook.size()) append(bytes, exponent[i], 1);
    }
    bytes.resize((bytes.size() + 3) / 4 * 4);
    stream.insert(stream.end(), bytes.begin(), bytes.end());
    append(block_ends, stream.size() / 4 - tile_begin, 2);
    if (block % 8 != 7 && block + 1 != blocks) continue;
    append(tile_ends, stream.size() / 4, 4);
    tile_begin = stream.size() / 4;
  }
  Bytes sections;
  for (const Bytes& plane : planes) append_section(sections, plane);
  append_section(sections, first_level);
  append_section(sections, block_ends);
  append_section(sections, tile_ends);
  append_section(sections, stream);
  const unsigned code_bits = type.levels[0] + type.levels[1] + type.levels[2];
  return with_header({version, 2, element_type, code_bits, n, 0, stream.size() / 4, codebook,
                      digest(version, raw), sections});
}

/// Returns the frame of these elements when one of this kind and version is wanted.
inline Bytes encode(unsigned element_type, const Bytes& raw, const Bytes& codebook,
                    unsigned wanted = 1, unsigned version = 2) {
  Bytes stored = encode_stored(version, element_type, raw);
  if (wanted == 0) return stored;
  const Bytes coded = wanted == 1 ? encode_splitzip(version, element_type, raw, codebook)
                                  : encode_ranked(version, element_type, raw, codebook);
  return coded.size() < stored.size() ? coded : stored;
}

}  // namespace splitbench::format_reference
