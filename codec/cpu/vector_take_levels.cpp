#include "codec/cpu/vector_ranked.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/cpu/vector_take_levels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "codec/cpu/vector_fields.hpp"

HWY_BEFORE_NAMESPACE();
namespace splitbench::HWY_NAMESPACE {
namespace {

#if SPLITBENCH_HAS_BIT_FIELDS

/// Reads bits of a stream, and spreads them over the fields that a mask has.
class FieldReader {
 public:
  explicit FieldReader(const StreamBytes& stream) : stream_(stream.data()) {}

  /// Takes as many bits as the mask has; it may have more than 57 only if `all` is true.
  template <bool all>
  HWY_INLINE std::uint64_t take(std::uint64_t mask) {
    const std::byte* const from = stream_ + at_ / 8;
    std::uint64_t bits = load_word(from) >> at_ % 8;
    if (all) bits |= static_cast<std::uint64_t>(from[8]) << 1 << (63 - at_ % 8);
    at_ += static_cast<unsigned>(_mm_popcnt_u64(mask));
    return _pdep_u64(bits, mask);
  }

  void take(const ColumnFields& mask, ColumnFields& fields) {
    for (std::size_t i = 0; i < sizeof fields.bytes; i += 8)
      store_word(take<true>(load_word(mask.bytes + i)), fields.bytes + i);
  }
  void take(const NibbleFields& mask, NibbleFields& fields) {
    for (std::size_t lane = 0; lane < kRow; lane += 8) {
      for (std::size_t i = lane; i < sizeof fields.bytes; i += kRow)
        store_word(take<false>(load_word(mask.bytes + i)), fields.bytes + i);
    }
  }

  std::uint64_t bits() const { return at_; }

 private:
  const std::byte* const stream_;
  std::uint64_t at_ = 0;
};

/// Columns in the order of NibbleFields: lane by lane for the first chunk, then for the second.
struct alignas(64) ColumnRows {
  std::uint8_t bytes[4 * kChunksOfBlock];
};

HWY_INLINE void to_rows(const std::uint8_t* columns, ColumnRows& rows) {
  const Words words;
  const auto* const from = reinterpret_cast<const std::uint32_t*>(columns);
  auto* const to = reinterpret_cast<std::uint32_t*>(rows.bytes);
  hn::Vec<Words> row0, row1, row2, row3;
  for (std::size_t lane = 0; lane < kRankedLanes; lane += hn::Lanes(words)) {
    hn::LoadInterleaved4(words, from + 4 * lane, row0, row1, row2, row3);
    hn::Store(row0, words, to + lane);
    hn::Store(row1, words, to + lane + kRankedLanes);
    hn::Store(row2, words, to + lane + 2 * kRankedLanes);
    hn::Store(row3, words, to + lane + 3 * kRankedLanes);
  }
}

/// Stores nibbles of words 0 and 1, and of words 2 and 3, chunk by chunk.
HWY_INLINE void store_nibbles(BytesVector low, BytesVector high, std::uint8_t* nibbles) {
  hn::StoreInterleaved2(hn::BitCast(Words{}, low), hn::BitCast(Words{}, high), Words{},
                        reinterpret_cast<std::uint32_t*>(nibbles));
}

/// Sums up the codes of an element in the levels of two bits. All but the first level are reversed.
template <typename... Later>
HWY_INLINE void sum_levels(NibbleFields& sums, const ColumnRows& first, const Later&... later) {
  // From the codes of two words to a nibble for each, the last word's lowest.
  alignas(16) constexpr Table kReversed = {0x00, 0x10, 0x20, 0x30, 0x01, 0x11, 0x21, 0x31,
                                           0x02, 0x12, 0x22, 0x32, 0x03, 0x13, 0x23, 0x33};
  alignas(16) constexpr Table kSpread = {0x00, 0x01, 0x02, 0x03, 0x10, 0x11, 0x12, 0x13,
                                         0x20, 0x21, 0x22, 0x23, 0x30, 0x31, 0x32, 0x33};
  const Bytes d;
  const auto reversed = hn::LoadDup128(d, kReversed);
  const auto spread = hn::LoadDup128(d, kSpread);
  const auto ones = hn::Set(d, 15);
  for (std::size_t i = 0; i < sizeof first.bytes; i += hn::Lanes(d)) {
    const auto columns = hn::Load(d, first.bytes + i);
    auto low = hn::TableLookupBytes(reversed, hn::And(columns, ones));
    auto high = hn::TableLookupBytes(reversed, hn::ShiftRight<4>(columns));
    for (const ColumnRows* const level : {&later...}) {
      const auto codes = hn::Load(d, level->bytes + i);
      low = hn::Add(low, hn::TableLookupBytes(spread, hn::ShiftRight<4>(codes)));
      high = hn::Add(high, hn::TableLookupBytes(spread, hn::And(codes, ones)));
    }
    store_nibbles(low, high, sums.bytes + 2 * i);
  }
}

/// Makes the mask of the level of three bits behind the second one.
HWY_INLINE void nibble_mask(const ColumnRows& second, NibbleFields& mask) {
  alignas(16) constexpr Table kReached = {0, 0, 0, 0x07, 0,    0,    0,    0x07,
                                          0, 0, 0, 0x07, 0x70, 0x70, 0x70, 0x77};
  const Bytes d;
  const auto reached = hn::LoadDup128(d, kReached);
  for (std::size_t i = 0; i < sizeof second.bytes; i += hn::Lanes(d)) {
    const auto codes = hn::Load(d, second.bytes + i);
    store_nibbles(hn::TableLookupBytes(reached, hn::ShiftRight<4>(codes)),
                  hn::TableLookupBytes(reached, hn::And(codes, hn::Set(d, 15))),
                  mask.bytes + 2 * i);
  }
}

/// Brings ranks into the order of elements. Returns the highest ones.
HWY_INLINE BytesVector to_ranks(const NibbleFields& nibbles, BlockRanks& ranks) {
  alignas(16) constexpr Table kInTurn = {0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15};
  const Bytes d;
  const auto in_turn = hn::LoadDup128(d, kInTurn);
  auto highest = hn::Zero(d);
  for (std::size_t i = 0; i < sizeof nibbles.bytes; i += hn::Lanes(d)) {
    const auto both = hn::TableLookupBytes(hn::Load(d, nibbles.bytes + i), in_turn);
    const auto first = hn::ShiftRight<4>(both);
    const auto second = hn::And(both, hn::Set(d, 15));
    std::uint8_t* const at = ranks.data() + i / kRow * 2 * kRow + i % kRow;
    hn::StoreU(first, d, at);
    hn::StoreU(second, d, at + kRow);
    highest = hn::Max(highest, hn::Max(first, second));
  }
  return highest;
}

HWY_INLINE void add(NibbleFields& sums, const NibbleFields& more) {
  const Bytes d;
  for (std::size_t i = 0; i < sizeof sums.bytes; i += hn::Lanes(d)) {
    hn::Store(hn::Add(hn::Load(d, sums.bytes + i), hn::Load(d, more.bytes + i)), d, sums.bytes + i);
  }
}

std::optional<std::uint64_t> take_levels(ElementType type, const std::byte* first_level,
                                         const StreamBytes& stream, BlockRanks& ranks,
                                         Columns& escaped) {
  ColumnFields mask, second, third;
  ColumnRows first_rows, second_rows, third_rows;
  NibbleFields sums;
  FieldReader in(stream);
  mask_behind_first(bytes_at(first_level), mask);
  in.take(mask, second);
  to_rows(bytes_at(first_level), first_rows);
  to_rows(second.bytes, second_rows);
  if (ranked_format(type).level_bits[2] == 3) {
    NibbleFields reached, triples;
    nibble_mask(second_rows, reached);
    in.take(reached, triples);
    sum_levels(sums, first_rows, second_rows);
    add(sums, triples);
  } else {
    mask_behind(second, mask);
    in.take(mask, third);
    to_rows(third.bytes, third_rows);
    sum_levels(sums, first_rows, second_rows, third_rows);
  }
  find_escapes(ranks, type, to_ranks(sums, ranks), escaped);
  return in.bits();
}

#else

std::optional<std::uint64_t> take_levels(ElementType, const std::byte*, const StreamBytes&,
                                         BlockRanks&, Columns&) {
  return std::nullopt;
}

#endif

}  // namespace
}  // namespace splitbench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace splitbench {
namespace {

HWY_EXPORT(take_levels);

}  // namespace

std::optional<std::uint64_t> vector_take_levels(ElementType type, const std::byte* first_level,
                                                const StreamBytes& stream, BlockRanks& ranks,
                                                Columns& escaped) {
  return HWY_DYNAMIC_DISPATCH(take_levels)(type, first_level, stream, ranks, escaped);
}

}  // namespace splitbench
#endif
