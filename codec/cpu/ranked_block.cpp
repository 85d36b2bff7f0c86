#include "codec/cpu/ranked_block.hpp"

#include <algorithm>

#include "codec/cpu/block.hpp"
#include "codec/cpu/ranked_bits.hpp"
#include "codec/cpu/ranked_levels.hpp"
#include "codec/cpu/stream_copy.hpp"
#include "codec/cpu/vector_ranked.hpp"
#include "codec/frame_layout.hpp"

namespace splitbench {
namespace {

/// Looks up the ranks of the elements, and cuts their signs and mantissas into planes. Elements
/// that a block lacks have the first rank.
void split(const CodeTable& table, std::span<const std::byte> raw,
           const std::array<std::byte*, 2>& planes, BlockRanks& ranks) {
  const ElementFormat format = element_format(table.element_type());
  const RankedFormat ranked = ranked_format(table.element_type());
  const std::size_t n = raw.size() / format.bytes;
  const std::size_t done = vector_split(table, raw.data(), n, planes, ranks);
  std::fill(ranks.begin() + static_cast<std::ptrdiff_t>(done), ranks.end(), std::uint8_t{0});
  for (std::size_t plane = 0; plane < planes.size(); ++plane) {
    const unsigned bits = ranked.plane_bits[plane];
    std::fill(planes[plane] + plane_bytes(done, bits), planes[plane] + plane_bytes(n, bits),
              std::byte{0});
  }
  for (std::size_t i = done; i < n; ++i) {
    const unsigned element = load_element(raw.data(), i, format.bytes);
    const unsigned rank = table.code_of(format.exponent(element));
    ranks[i] = static_cast<std::uint8_t>(std::min(rank, ranked.ranks()));  // kEscaped is larger
    unsigned value = format.sign_mantissa(element);
    for (std::size_t plane = 0; plane < planes.size(); ++plane) {
      const unsigned bits = ranked.plane_bits[plane];
      const unsigned cut = value & ((1u << bits) - 1);
      if (bits != 0) planes[plane][i * bits / 8] |= static_cast<std::byte>(cut << i * bits % 8);
      value >>= bits;
    }
  }
}

/// Joins ranks and planes to elements, as if those that escape had the exponent 0.
void join(const CodeTable& table, const BlockRanks& ranks,
          const std::array<const std::byte*, 2>& planes, std::span<std::byte> raw) {
  const ElementFormat format = element_format(table.element_type());
  const RankedFormat ranked = ranked_format(table.element_type());
  const std::size_t n = raw.size() / format.bytes;
  for (std::size_t i = vector_join(table, ranks, planes, raw.data(), n); i < n; ++i) {
    unsigned value = 0;
    unsigned shift = 0;
    for (std::size_t plane = 0; plane < planes.size(); ++plane) {
      const unsigned bits = ranked.plane_bits[plane];
      if (bits == 0) continue;
      const auto byte = static_cast<unsigned>(planes[plane][i * bits / 8]);
      value |= (byte >> i * bits % 8 & ((1u << bits) - 1)) << shift;
      shift += bits;
    }
    store_element(raw.data(), i, format.bytes, format.join(table.exponent_of(ranks[i]), value));
  }
}

/// Does as put_levels does, in vectors where the machine can.
std::uint64_t put(ElementType type, const BlockRanks& ranks, std::byte* first_level,
                  StreamBytes& stream, Columns& escaped) {
  const auto bits = vector_put_levels(type, ranks, first_level, stream, escaped);
  return bits ? *bits : put_levels(type, ranks, first_level, stream, escaped);
}

/// Does as take_levels does, likewise.
std::uint64_t take(ElementType type, const std::byte* first_level, const StreamBytes& stream,
                   BlockRanks& ranks, Columns& escaped) {
  const auto bits = vector_take_levels(type, first_level, stream, ranks, escaped);
  return bits ? *bits : take_levels(type, first_level, stream, ranks, escaped);
}

/// Finds the exponents of a block's escapes, behind `level_bits` bits of levels. Returns a fault if
/// the stream is longer or shorter than they make it, or has an exponent that has a code.
FrameFault find_escapes(const CodeTable& table, std::size_t stream_bytes, const StreamBytes& stream,
                        std::uint64_t level_bits, std::size_t escapes,
                        std::span<const std::byte>& exponents) {
  const std::size_t begin = (level_bits + 7) / 8;
  const std::size_t end = begin + escapes;
  if ((end + 3) / 4 * 4 != stream_bytes) return FrameFault::stream;
  const auto is_zero = [](std::byte byte) { return byte == std::byte{0}; };
  const std::span bytes = std::span(stream).first(stream_bytes);
  if ((level_bits % 8 != 0 && !is_zero(bytes[begin - 1] >> level_bits % 8)) ||
      !std::ranges::all_of(bytes.subspan(end), is_zero))
    return FrameFault::padding;
  exponents = bytes.subspan(begin, escapes);
  const unsigned count = element_format(table.element_type()).exponents();
  for (const std::byte byte : exponents) {
    const auto exponent = static_cast<unsigned>(byte);
    if (exponent >= count || table.code_of(exponent) != CodeTable::kEscaped)
      return FrameFault::escape_exponent;
  }
  return FrameFault::none;
}

}  // namespace

void encode_ranked_block(const CodeTable& table, std::span<const std::byte> raw,
                         const RankedSections<std::byte>& sections,
                         std::vector<std::uint32_t>& stream, std::span<const std::byte> next) {
  const ElementFormat format = element_format(table.element_type());
  FetchAhead ahead(next);
  ahead.ask();
  BlockRanks ranks;
  split(table, raw, sections.planes, ranks);
  ahead.ask();

  StreamBytes bytes;
  Columns escaped;
  const std::uint64_t bits = put(table.element_type(), ranks, sections.first_level, bytes, escaped);
  ahead.ask();
  std::size_t end = (bits + 7) / 8;
  for_each_bit(escaped, [&](unsigned chunk, unsigned bit) {
    const unsigned element = load_element(raw.data(), place_of(chunk, bit), format.bytes);
    bytes[end++] = static_cast<std::byte>(format.exponent(element));
  });
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(end), 3, std::byte{0});

  const std::size_t words = (end + 3) / 4;
  const std::size_t before = stream.size();
  stream.resize(before + words);
  std::ranges::copy(std::span(bytes).first(4 * words),
                    std::as_writable_bytes(std::span(stream).subspan(before)).begin());
  ahead.ask();
}

FrameFault decode_ranked_block(const CodeTable& table,
                               const RankedSections<const std::byte>& sections,
                               std::span<const std::byte> stream, std::span<std::byte> raw,
                               std::span<const std::byte> next) {
  const ElementFormat format = element_format(table.element_type());
  FetchAhead ahead(next);
  ahead.ask();
  StreamBytes bytes;
  copy_stream(stream, bytes);
  BlockRanks ranks;
  Columns escaped;
  const std::uint64_t bits =
      take(table.element_type(), sections.first_level, bytes, ranks, escaped);
  ahead.ask();
  const auto exists_not = ranks.begin() + static_cast<std::ptrdiff_t>(raw.size() / format.bytes);
  if (std::any_of(exists_not, ranks.end(), [](std::uint8_t rank) { return rank != 0; }))
    return FrameFault::padding;

  std::array<std::uint16_t, kRankedBlock> places;
  std::size_t escapes = 0;
  for_each_bit(escaped, [&](unsigned chunk, unsigned bit) {
    places[escapes++] = static_cast<std::uint16_t>(place_of(chunk, bit));
  });
  std::span<const std::byte> exponents;
  const FrameFault fault = find_escapes(table, stream.size(), bytes, bits, escapes, exponents);
  if (fault != FrameFault::none) return fault;

  ahead.ask();
  join(table, ranks, sections.planes, raw);
  ahead.ask();
  for (std::size_t i = 0; i < escapes; ++i) {
    const unsigned joined = load_element(raw.data(), places[i], format.bytes);
    store_element(raw.data(), places[i], format.bytes,
                  format.join(static_cast<unsigned>(exponents[i]), format.sign_mantissa(joined)));
  }
  return FrameFault::none;
}

}  // namespace splitbench
