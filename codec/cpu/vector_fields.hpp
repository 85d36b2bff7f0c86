// The order in which ranked frames have their codes, as fields in words: what encoding and decoding
// share. Like vector_bytes.hpp, this is read once for each instruction set.
#if defined(SPLITBENCH_CODEC_CPU_VECTOR_FIELDS) == defined(HWY_TARGET_TOGGLE)
#ifdef SPLITBENCH_CODEC_CPU_VECTOR_FIELDS
#undef SPLITBENCH_CODEC_CPU_VECTOR_FIELDS
#else
#define SPLITBENCH_CODEC_CPU_VECTOR_FIELDS
#endif

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "codec/cpu/ranked_levels.hpp"
#include "codec/cpu/vector_bytes.hpp"

#undef SPLITBENCH_HAS_BIT_FIELDS
#if HWY_ARCH_X86_64 && HWY_TARGET <= HWY_AVX2 && !defined(HWY_DISABLE_BMI2_FMA)
#define SPLITBENCH_HAS_BIT_FIELDS 1
#else
#define SPLITBENCH_HAS_BIT_FIELDS 0
#endif

// Vectors do what is alike for all elements: they lay a level's codes out in the order of the
// stream, in fields of equal width, and beside them a mask of the fields whose elements reach the
// level. Codes of two bits fill columns, two chunks to a word of 64 bits; of three bits, nibbles, a
// chunk to a word. What is left is to close the gaps between the fields in use, or to open them
// again: one instruction a word, pext or pdep, and a shift to where the word before ended. AMD's
// processors before Zen 3 have these two as microcode; what they make is the same, only slower.
HWY_BEFORE_NAMESPACE();
namespace splitbench::HWY_NAMESPACE {
namespace {

#if SPLITBENCH_HAS_BIT_FIELDS

using Words = hn::Repartition<std::uint32_t, Bytes>;
using HalfWords = hn::Repartition<std::uint32_t, HalfBytes>;
using Table = std::uint8_t[16];

/// The consecutive elements that all lanes together have of one chunk: its first half, or its last.
constexpr std::size_t kRow = std::size_t{8} * kRankedLanes;

/// Two bits for each element, or their mask: the columns in their order, in each the last word's
/// lowest, but in the first level the first word's.
struct alignas(64) ColumnFields {
  std::uint8_t bytes[4 * kChunksOfBlock];
};

/// A nibble for each element: lane by lane for the first chunk, then for the second and so on; in a
/// chunk the order of a level of three bits.
struct alignas(64) NibbleFields {
  std::uint8_t bytes[kRankedBlock / 2];
};

// A functor `make` makes the columns of some chunks, of two vectors: the ranks of their first
// elements and of their last ones.

/// A bit for each element that escapes, as Columns has them.
struct Escapes {
  std::uint8_t rank;

  HWY_INLINE hn::Vec<HalfBytes> operator()(BytesVector first, BytesVector second) const {
    const auto high = flags(second);
    const auto pairs = hn::BitCast(Pairs{}, hn::Or(flags(first), hn::Add(high, high)));
    return hn::TruncateTo(HalfBytes{}, hn::Or(pairs, hn::ShiftRight<6>(pairs)));
  }
  HWY_INLINE BytesVector flags(BytesVector ranks) const {
    const Bytes d;
    return hn::IfThenElseZero(hn::Eq(ranks, hn::Set(d, rank)), hn::Set(d, 1));
  }
};

template <typename Make>
HWY_INLINE hn::Vec<HalfWords> columns_at(const std::uint8_t* ranks, const Make& make) {
  const Bytes d;
  return hn::BitCast(HalfWords{}, make(hn::LoadU(d, ranks), hn::LoadU(d, ranks + kRow)));
}

/// Makes all columns of a block.
template <typename Make>
HWY_INLINE void lay_columns(const BlockRanks& ranks, const Make& make, std::uint32_t* columns) {
  for (std::size_t i = 0; i < kRow; i += hn::Lanes(Bytes{})) {
    const std::uint8_t* const at = ranks.data() + i;
    hn::StoreInterleaved4(columns_at(at, make), columns_at(at + 2 * kRow, make),
                          columns_at(at + 4 * kRow, make), columns_at(at + 6 * kRow, make),
                          HalfWords{}, columns + i / 2);
  }
}
template <typename Make>
HWY_INLINE void lay_columns(const BlockRanks& ranks, const Make& make, ColumnFields& columns) {
  lay_columns(ranks, make, reinterpret_cast<std::uint32_t*>(columns.bytes));
}

/// Finds the escapes of a block; `highest` has its highest ranks. Many blocks have none.
HWY_INLINE void find_escapes(const BlockRanks& ranks, ElementType type, BytesVector highest,
                             Columns& escaped) {
  const auto escape = static_cast<std::uint8_t>(ranked_format(type).ranks());
  if (hn::AllTrue(Bytes{}, hn::Lt(highest, hn::Set(Bytes{}, escape)))) {
    escaped.fill(0);
  } else {
    lay_columns(ranks, Escapes{escape}, escaped.data());
  }
}

/// Makes the mask of the level behind the first one, whose words it reverses.
HWY_INLINE void mask_behind_first(const std::uint8_t* first_level, ColumnFields& mask) {
  // A nibble has two words; where a word's code is the sentinel, its field is set.
  alignas(16) constexpr Table kOfLow = {0, 0, 0, 0xc0, 0,    0,    0,    0xc0,
                                        0, 0, 0, 0xc0, 0x30, 0x30, 0x30, 0xf0};
  alignas(16) constexpr Table kOfHigh = {0, 0, 0, 0x0c, 0,    0,    0,    0x0c,
                                         0, 0, 0, 0x0c, 0x03, 0x03, 0x03, 0x0f};
  const Bytes d;
  const auto of_low = hn::LoadDup128(d, kOfLow);
  const auto of_high = hn::LoadDup128(d, kOfHigh);
  for (std::size_t i = 0; i < sizeof mask.bytes; i += hn::Lanes(d)) {
    const auto columns = hn::LoadU(d, first_level + i);
    const auto low = hn::TableLookupBytes(of_low, hn::And(columns, hn::Set(d, 15)));
    const auto high = hn::TableLookupBytes(of_high, hn::ShiftRight<4>(columns));
    hn::Store(hn::Or(low, high), d, mask.bytes + i);
  }
}

/// Makes the mask of the level behind a later one of two bits.
HWY_INLINE void mask_behind(const ColumnFields& level, ColumnFields& mask) {
  const Bytes d;
  const Pairs pairs;
  for (std::size_t i = 0; i < sizeof mask.bytes; i += hn::Lanes(d)) {
    const auto codes = hn::BitCast(pairs, hn::Load(d, level.bytes + i));
    const auto both = hn::And(hn::And(codes, hn::ShiftRight<1>(codes)), hn::Set(pairs, 0x5555));
    hn::Store(hn::BitCast(d, hn::Or(both, hn::ShiftLeft<1>(both))), d, mask.bytes + i);
  }
}

HWY_INLINE std::uint64_t load_word(const void* from) {
  std::uint64_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}
HWY_INLINE void store_word(std::uint64_t word, void* to) {
  std::memcpy(to, &word, sizeof word);
}

#endif

}  // namespace
}  // namespace splitbench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
