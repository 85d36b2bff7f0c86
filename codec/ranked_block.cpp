#include "codec/ranked_block.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "codec/block_codec.hpp"
#include "codec/frame_layout.hpp"
#include "codec/ranked_bits.hpp"

namespace splitbench {
namespace {

// An element is known by its codes in all levels (RankedFormat::codes), a block by those of its
// elements, in their order.
using BlockCodes = std::array<std::uint8_t, kRankedBlock>;

constexpr unsigned kColumnsOfBlock = kRankedLanes * kRankedChunks * kRankedColumns;

/// A column's two-bit codes, word by word from the lowest bits on, of all columns in their order.
using Columns = std::array<std::uint8_t, kColumnsOfBlock>;

/// Calls visit(column, place of the column's word 0 in the block) for all columns in their order.
template <typename Visit>
void for_each_column(const Visit& visit) {
  unsigned column = 0;
  for (unsigned lane = 0; lane < kRankedLanes; ++lane) {
    for (unsigned chunk = 0; chunk < kRankedChunks; ++chunk) {
      for (unsigned within = 0; within < kRankedColumns; ++within, ++column)
        visit(column, chunk_begin(lane, chunk) + 2 * within);
    }
  }
}

/// Places of a column's words, from that of its word 0 on: the second half of a chunk is 256 on.
constexpr std::array<unsigned, kRankedWords> kWordPlaces{0, 256, 1, 257};

/// Of each column's two-bit codes, which are sentinels, a bit each.
constexpr auto kSentinels = [] {
  std::array<std::uint8_t, 256> sentinels{};
  for (unsigned codes = 0; codes < 256; ++codes) {
    for (unsigned word = 0; word < 4; ++word)
      sentinels[codes] |= static_cast<std::uint8_t>(((codes >> 2 * word & 3) == 3) << word);
  }
  return sentinels;
}();

/// A column's two-bit codes without those of the words that are not in `words`, the last word's
/// lowest: as the stream has them; and back.
struct ColumnRuns {
  std::array<std::array<std::uint8_t, 256>, 16> compressed{};
  std::array<std::array<std::uint8_t, 256>, 16> expanded{};
};
constexpr auto kRuns = [] {
  ColumnRuns runs;
  for (unsigned words = 0; words < 16; ++words) {
    for (unsigned codes = 0; codes < 256; ++codes) {
      unsigned length = 0;
      for (unsigned word = 4; word-- > 0;) {
        if ((words >> word & 1) == 0) continue;
        const unsigned code = codes >> 2 * word & 3;
        runs.compressed[words][codes] |= static_cast<std::uint8_t>(code << length);
        runs.expanded[words][codes] |= static_cast<std::uint8_t>((codes >> length & 3) << 2 * word);
        length += 2;
      }
    }
  }
  return runs;
}();

/// The plane of sign and mantissa, cut as it is for one type.
void write_planes(const ElementFormat& format, const RankedFormat& ranked,
                  std::span<const std::byte> raw, const std::array<std::byte*, 2>& planes) {
  const std::size_t n = raw.size() / format.bytes;
  for (std::size_t plane = 0; plane < planes.size(); ++plane)
    std::fill_n(planes[plane], plane_bytes(n, ranked.plane_bits[plane]), std::byte{0});
  for (std::size_t i = 0; i < n; ++i) {
    unsigned value = format.sign_mantissa(load_element(raw.data(), i, format.bytes));
    for (std::size_t plane = 0; plane < planes.size(); ++plane) {
      const unsigned bits = ranked.plane_bits[plane];
      if (bits == 0) continue;
      planes[plane][i * bits / 8] |=
          static_cast<std::byte>((value & ((1u << bits) - 1)) << i * bits % 8);
      value >>= bits;
    }
  }
}

unsigned read_planes(const RankedFormat& ranked, const std::array<const std::byte*, 2>& planes,
                     std::size_t i) {
  unsigned value = 0, shift = 0;
  for (std::size_t plane = 0; plane < planes.size(); ++plane) {
    const unsigned bits = ranked.plane_bits[plane];
    if (bits == 0) continue;
    const auto byte = static_cast<unsigned>(planes[plane][i * bits / 8]);
    value |= (byte >> i * bits % 8 & ((1u << bits) - 1)) << shift;
    shift += bits;
  }
  return value;
}

/// A level's codes of two bits, which begin at bit `shift` of the elements' codes.
Columns columns_of(const BlockCodes& codes, unsigned shift) {
  Columns columns;
  for_each_column([&](unsigned column, unsigned place) {
    unsigned byte = 0;
    for (unsigned word = 0; word < kRankedWords; ++word)
      byte |= (codes[place + kWordPlaces[word]] >> shift & 3u) << 2 * word;
    columns[column] = static_cast<std::uint8_t>(byte);
  });
  return columns;
}

void add_columns(const Columns& columns, unsigned shift, BlockCodes& codes) {
  for_each_column([&](unsigned column, unsigned place) {
    for (unsigned word = 0; word < kRankedWords; ++word) {
      codes[place + kWordPlaces[word]] |=
          static_cast<std::uint8_t>((columns[column] >> 2 * word & 3) << shift);
    }
  });
}

/// The words of each column that go on to the next level.
Columns sentinels_of(const Columns& columns) {
  Columns sentinels;
  std::ranges::transform(columns, sentinels.begin(), [](std::uint8_t c) { return kSentinels[c]; });
  return sentinels;
}

/// Calls visit(column, word) for words of chunks: of each half of a chunk's words after the other
/// if `halves`, else of all; there column by column; there the last word first if `descending`.
template <typename Visit>
void for_each_word(const Columns& words, bool halves, bool descending, const Visit& visit) {
  for (unsigned chunk = 0; chunk < kColumnsOfBlock; chunk += kRankedColumns) {
    std::uint32_t any;
    std::memcpy(&any, &words[chunk], sizeof any);
    if (any == 0) continue;
    for (unsigned half = halves ? 0b0011 : 0b1111; half <= 0b1111; half <<= 2) {
      for (unsigned column = chunk; column < chunk + kRankedColumns; ++column) {
        for (unsigned left = words[column] & half; left != 0;) {
          const unsigned word =
              static_cast<unsigned>(descending ? std::bit_width(left) - 1 : std::countr_zero(left));
          left ^= 1u << word;
          visit(column, word);
        }
      }
    }
  }
}

/// Where a column's word stands in its block.
unsigned place_of(unsigned column, unsigned word) {
  const unsigned chunk = column / kRankedColumns;
  return chunk_begin(chunk / kRankedChunks, chunk % kRankedChunks) + 2 * (column % kRankedColumns) +
         kWordPlaces[word];
}

/// Puts a level's codes of the words in `reach`; returns the words that go on.
Columns put_level(unsigned bits, unsigned shift, const BlockCodes& codes, const Columns& reach,
                  BitWriter& out) {
  if (bits == 2) {
    const Columns columns = columns_of(codes, shift);
    for (unsigned column = 0; column < kColumnsOfBlock; ++column) {
      const unsigned words = reach[column];
      out.put(kRuns.compressed[words][columns[column]],
              2 * static_cast<unsigned>(std::popcount(words)));
    }
    return sentinels_of(columns);
  }
  Columns next{};
  for_each_word(reach, true, true, [&](unsigned column, unsigned word) {
    const unsigned code = codes[place_of(column, word)] >> shift;
    out.put(code, bits);
    next[column] |= static_cast<std::uint8_t>((code == (1u << bits) - 1) << word);
  });
  return next;
}

/// The reverse.
Columns take_level(unsigned bits, unsigned shift, const Columns& reach, BitReader& in,
                   BlockCodes& codes) {
  if (bits == 2) {
    Columns columns;
    for (unsigned column = 0; column < kColumnsOfBlock; ++column) {
      const unsigned words = reach[column];
      columns[column] = kRuns.expanded[words][in.peek() & 0xff];
      in.skip(2 * static_cast<unsigned>(std::popcount(words)));
    }
    add_columns(columns, shift, codes);
    return sentinels_of(columns);
  }
  Columns next{};
  for_each_word(reach, true, true, [&](unsigned column, unsigned word) {
    const unsigned code = in.take(bits);
    codes[place_of(column, word)] |= static_cast<std::uint8_t>(code << shift);
    next[column] |= static_cast<std::uint8_t>((code == (1u << bits) - 1) << word);
  });
  return next;
}

}  // namespace

RankTable::RankTable(const Codebook& codebook) : element_type_(codebook.element_type) {
  const RankedFormat format = ranked_format(element_type_);
  escape_ = static_cast<std::uint8_t>(format.codes(format.ranks()));
  codes_.fill(escape_);
  for (unsigned rank = 0; rank < format.ranks(); ++rank) {
    const unsigned codes = format.codes(rank);
    codes_[codebook.exponents[rank]] = static_cast<std::uint8_t>(codes);
    exponents_[codes] = codebook.exponents[rank];
  }
}

void encode_ranked_block(const RankTable& table, std::span<const std::byte> raw,
                         const RankedSections<std::byte>& sections,
                         std::vector<std::uint32_t>& stream) {
  const ElementFormat format = element_format(table.element_type());
  const RankedFormat ranked = ranked_format(table.element_type());
  const auto exponent_at = [&](std::size_t i) {
    return format.exponent(load_element(raw.data(), i, format.bytes));
  };
  BlockCodes codes{};
  for (std::size_t i = 0; i < raw.size() / format.bytes; ++i)
    codes[i] = table.codes_of(exponent_at(i));
  write_planes(format, ranked, raw, sections.planes);

  const Columns first = columns_of(codes, 0);
  std::memcpy(sections.first_level, first.data(), first.size());
  BitWriter out(stream);
  Columns reach = sentinels_of(first);
  for (unsigned level = 1; level < ranked.level_bits.size(); ++level)
    reach = put_level(ranked.level_bits[level], 2 * level, codes, reach, out);
  out.end_unit(8);
  for_each_word(reach, false, false, [&](unsigned column, unsigned word) {
    out.put(exponent_at(place_of(column, word)), 8);
  });
  out.end_unit(32);
}

FrameFault decode_ranked_block(const RankTable& table,
                               const RankedSections<const std::byte>& sections,
                               std::span<const std::byte> stream, std::span<std::byte> raw) {
  const ElementFormat format = element_format(table.element_type());
  const RankedFormat ranked = ranked_format(table.element_type());
  const std::size_t n = raw.size() / format.bytes;
  Columns first;
  std::memcpy(first.data(), sections.first_level, first.size());
  BlockCodes codes{};
  add_columns(first, 0, codes);
  const auto exists_not = codes.begin() + static_cast<std::ptrdiff_t>(n);
  if (std::any_of(exists_not, codes.end(), [](std::uint8_t code) { return code != 0; }))
    return FrameFault::padding;

  BitReader in(stream);
  Columns reach = sentinels_of(first);
  for (unsigned level = 1; level < ranked.level_bits.size(); ++level)
    reach = take_level(ranked.level_bits[level], 2 * level, reach, in, codes);
  bool zeros = in.end_unit(8);
  BlockCodes exponents;
  std::ranges::transform(codes, exponents.begin(),
                         [&](std::uint8_t code) { return table.exponent_of(code); });
  bool have_no_code = true;
  for_each_word(reach, false, false, [&](unsigned column, unsigned word) {
    const unsigned exponent = in.take(8);
    have_no_code &= exponent < format.exponents() && table.codes_of(exponent) == table.escape();
    exponents[place_of(column, word)] = static_cast<std::uint8_t>(exponent);
  });
  zeros &= in.end_unit(32);
  if (!in.at_end()) return FrameFault::stream;
  if (!zeros) return FrameFault::padding;
  if (!have_no_code) return FrameFault::escape_exponent;
  for (std::size_t i = 0; i < n; ++i) {
    store_element(raw.data(), i, format.bytes,
                  format.join(exponents[i], read_planes(ranked, sections.planes, i)));
  }
  return FrameFault::none;
}

}  // namespace splitbench
