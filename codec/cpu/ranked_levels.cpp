#include "codec/cpu/ranked_levels.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace splitbench {
namespace {

/// Tables that turn the two-bit codes of a column's words into a run as the stream has it, and
/// back. A run has only the words that are in the set `words`, the last word's code lowest.
struct ColumnRuns {
  std::array<std::array<std::uint8_t, 256>, 16> compressed{};
  std::array<std::array<std::uint8_t, 256>, 16> expanded{};
  std::array<std::uint8_t, 16> lengths{};  ///< bits of a run
};
constexpr auto kRuns = [] {
  ColumnRuns runs;
  for (unsigned words = 0; words < 16; ++words) {
    runs.lengths[words] = static_cast<std::uint8_t>(2 * std::popcount(words));
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

/// The codes of a block's elements in all levels: RankedFormat::codes.
using BlockCodes = std::array<std::uint8_t, kRankedBlock>;

constexpr std::uint64_t in_all_bytes(std::uint64_t byte) {
  return byte * 0x0101010101010101;
}

/// Loads the codes of eight elements, a byte each.
std::uint64_t load_eight(const std::uint8_t* codes) {
  std::uint64_t eight;
  std::memcpy(&eight, codes, sizeof eight);
  return eight;
}

/// Returns the codes of a level of two bits, which begin at bit `shift` of the elements' codes:
/// word k's at bit 2k of a column.
Columns columns_of(const BlockCodes& codes, unsigned shift) {
  Columns columns;
  for (unsigned chunk = 0; chunk < kChunksOfBlock; ++chunk) {
    const std::uint8_t* const at = &codes[place_of_chunk(chunk)];
    const std::uint64_t first = load_eight(at) >> shift & in_all_bytes(3);
    const std::uint64_t second = load_eight(at + 256) >> shift & in_all_bytes(3);
    std::uint64_t pairs = first | second << 2;  // each column's words 0, 1, then its words 2, 3
    pairs = (pairs | pairs >> 4) & 0x00ff00ff00ff00ff;
    pairs = (pairs | pairs >> 8) & 0x0000ffff0000ffff;
    columns[chunk] = static_cast<std::uint32_t>(pairs | pairs >> 16);
  }
  return columns;
}

void add_columns(const Columns& columns, unsigned shift, BlockCodes& codes) {
  for (unsigned chunk = 0; chunk < kChunksOfBlock; ++chunk) {
    std::uint64_t pairs = columns[chunk];
    pairs = (pairs | pairs << 16) & 0x0000ffff0000ffff;
    pairs = (pairs | pairs << 8) & 0x00ff00ff00ff00ff;
    pairs = (pairs | pairs << 4) & in_all_bytes(15);
    std::uint8_t* const at = &codes[place_of_chunk(chunk)];
    const std::uint64_t first = load_eight(at) | (pairs & in_all_bytes(3)) << shift;
    const std::uint64_t second = load_eight(at + 256) | (pairs >> 2 & in_all_bytes(3)) << shift;
    std::memcpy(at, &first, sizeof first);
    std::memcpy(at + 256, &second, sizeof second);
  }
}

/// Returns the words of each column that go on to the next level, a bit each.
Columns sentinels_of(const Columns& columns) {
  Columns sentinels;
  for (unsigned chunk = 0; chunk < kChunksOfBlock; ++chunk) {
    std::uint32_t both = columns[chunk] & columns[chunk] >> 1 & 0x55555555;
    both = (both | both >> 1) & 0x33333333;
    sentinels[chunk] = (both | both >> 2) & 0x0f0f0f0f;
  }
  return sentinels;
}

/// The bits of columns in the order of a level of three bits: words 1 and 0 of each column, then
/// words 3 and 2.
constexpr std::array<std::uint8_t, 16> kTripleOrder{1, 0, 9,  8,  17, 16, 25, 24,
                                                    3, 2, 11, 10, 19, 18, 27, 26};

Columns in_triple_order(const Columns& words) {
  const auto gather = [](std::uint32_t pairs) {  // two bits of each byte, the higher first
    pairs = (pairs & 0x01010101) << 1 | (pairs >> 1 & 0x01010101);
    return (pairs | pairs >> 6 | pairs >> 12 | pairs >> 18) & 0xff;
  };
  Columns ordered;
  std::ranges::transform(words, ordered.begin(), [&](std::uint32_t bits) {
    return gather(bits & 0x03030303) | gather(bits >> 2 & 0x03030303) << 8;
  });
  return ordered;
}

/// Appends a level of codes of three bits, of the words in `reach`. Returns the words that go on.
Columns put_triples(unsigned shift, const BlockCodes& codes, const Columns& reach, BitWriter& out) {
  Columns next{};
  for_each_bit(in_triple_order(reach), [&](unsigned chunk, unsigned bit) {
    const unsigned code = codes[place_of(chunk, kTripleOrder[bit])] >> shift;
    out.put(code, 3);
    next[chunk] |= std::uint32_t{code == 7} << kTripleOrder[bit];
  });
  return next;
}

/// Appends a level of codes of two bits likewise.
Columns put_pairs(unsigned shift, const BlockCodes& codes, const Columns& reach, BitWriter& out) {
  const Columns columns = columns_of(codes, shift);
  for (unsigned chunk = 0; chunk < kChunksOfBlock; ++chunk) {
    std::uint32_t run = 0;
    unsigned length = 0;
    for (unsigned column = 0; column < kRankedColumns; ++column) {
      const std::uint32_t words = reach[chunk] >> 8 * column & 15;
      run |= std::uint32_t{kRuns.compressed[words][columns[chunk] >> 8 * column & 0xff]} << length;
      length += kRuns.lengths[words];
    }
    out.put(run, length);
  }
  return sentinels_of(columns);
}

Columns put_level(unsigned bits, unsigned shift, const BlockCodes& codes, const Columns& reach,
                  BitWriter& out) {
  return bits == 2 ? put_pairs(shift, codes, reach, out) : put_triples(shift, codes, reach, out);
}

/// Reads back what put_triples appended. Returns the words that go on.
Columns take_triples(unsigned shift, const Columns& reach, BitReader& in, BlockCodes& codes) {
  Columns next{};
  for_each_bit(in_triple_order(reach), [&](unsigned chunk, unsigned bit) {
    const unsigned code = in.take(3);
    codes[place_of(chunk, kTripleOrder[bit])] |= static_cast<std::uint8_t>(code << shift);
    next[chunk] |= std::uint32_t{code == 7} << kTripleOrder[bit];
  });
  return next;
}

Columns take_pairs(unsigned shift, const Columns& reach, BitReader& in, BlockCodes& codes) {
  Columns columns{};
  for (unsigned chunk = 0; chunk < kChunksOfBlock; ++chunk) {
    const std::uint64_t run = in.peek();
    unsigned length = 0;
    for (unsigned column = 0; column < kRankedColumns; ++column) {
      const std::uint32_t words = reach[chunk] >> 8 * column & 15;
      columns[chunk] |= std::uint32_t{kRuns.expanded[words][run >> length & 0xff]} << 8 * column;
      length += kRuns.lengths[words];
    }
    in.skip(length);
  }
  add_columns(columns, shift, codes);
  return sentinels_of(columns);
}

Columns take_level(unsigned bits, unsigned shift, const Columns& reach, BitReader& in,
                   BlockCodes& codes) {
  return bits == 2 ? take_pairs(shift, reach, in, codes) : take_triples(shift, reach, in, codes);
}

}  // namespace

std::uint64_t put_levels(ElementType type, const BlockRanks& ranks, std::byte* first_level,
                         StreamBytes& stream, Columns& escaped) {
  const RankedFormat format = ranked_format(type);
  std::array<std::uint8_t, 16> codes_of_rank{};
  for (unsigned rank = 0; rank <= format.ranks(); ++rank)
    codes_of_rank[rank] = static_cast<std::uint8_t>(format.codes(rank));
  BlockCodes codes;
  std::ranges::transform(ranks, codes.begin(),
                         [&](std::uint8_t rank) { return codes_of_rank[rank]; });

  const Columns first = columns_of(codes, 0);
  std::memcpy(first_level, first.data(), sizeof first);
  BitWriter out(stream.data());
  escaped = sentinels_of(first);
  for (unsigned level = 1; level < format.level_bits.size(); ++level)
    escaped = put_level(format.level_bits[level], 2 * level, codes, escaped, out);
  return out.finish();
}

std::uint64_t take_levels(ElementType type, const std::byte* first_level, const StreamBytes& stream,
                          BlockRanks& ranks, Columns& escaped) {
  const RankedFormat format = ranked_format(type);
  Columns first;
  std::memcpy(first.data(), first_level, sizeof first);
  BlockCodes codes{};
  add_columns(first, 0, codes);
  BitReader in(stream);
  escaped = sentinels_of(first);
  for (unsigned level = 1; level < format.level_bits.size(); ++level)
    escaped = take_level(format.level_bits[level], 2 * level, escaped, in, codes);
  // A rank is the sum of its codes, because a sentinel is as large as the number of ranks that its
  // level has.
  std::ranges::transform(codes, ranks.begin(), [](unsigned code) {
    return static_cast<std::uint8_t>((code & 3) + (code >> 2 & 3) + (code >> 4));
  });
  return in.bits();
}

}  // namespace splitbench
