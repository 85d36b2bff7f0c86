#include "codec/cpu/vector_ranked.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/cpu/vector_put_levels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "codec/cpu/vector_fields.hpp"

HWY_BEFORE_NAMESPACE();
namespace splitbench::HWY_NAMESPACE {
namespace {

#if SPLITBENCH_HAS_BIT_FIELDS

// The columns of levels, for lay_columns.

struct FirstLevel {
  HWY_INLINE hn::Vec<HalfBytes> operator()(BytesVector first, BytesVector second) const {
    const Bytes d;
    const auto low = hn::Min(first, hn::Set(d, 3));
    const auto high = hn::BitCast(Pairs{}, hn::Min(second, hn::Set(d, 3)));
    return pack_nibbles(hn::Or(low, hn::BitCast(d, hn::ShiftLeft<2>(high))));
  }
};

/// A later level, of which `before` ranks have their codes in those before it.
struct LaterLevel {
  std::uint8_t before;

  HWY_INLINE hn::Vec<HalfBytes> operator()(BytesVector first, BytesVector second) const {
    const auto nibbles = hn::Or(
        code(second), hn::BitCast(Bytes{}, hn::ShiftLeft<2>(hn::BitCast(Pairs{}, code(first)))));
    const auto pairs = hn::BitCast(Pairs{}, nibbles);
    return hn::TruncateTo(HalfBytes{}, hn::Or(hn::ShiftLeft<4>(pairs), hn::ShiftRight<8>(pairs)));
  }
  HWY_INLINE BytesVector code(BytesVector ranks) const {
    const Bytes d;
    return hn::Min(hn::SaturatedSub(ranks, hn::Set(d, before)), hn::Set(d, 3));
  }
};

/// The level of three bits: nibbles with the codes, and the mask of those in use.
HWY_INLINE void lay_triples(const BlockRanks& ranks, NibbleFields& codes, NibbleFields& mask) {
  // Of 8 elements of a lane the even ones have words 0 or 1, the odd ones words 2 or 3.
  alignas(16) constexpr Table kEvenFirst = {0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15};
  const Bytes d;
  const auto even_first = hn::LoadDup128(d, kEvenFirst);
  const auto six = hn::Set(d, 6);
  const auto five = hn::Set(d, 5);
  for (std::size_t i = 0; i < sizeof codes.bytes; i += hn::Lanes(d)) {
    const std::uint8_t* const at = ranks.data() + i / kRow * 2 * kRow + i % kRow;
    const auto first = hn::LoadU(d, at);
    const auto second = hn::LoadU(d, at + kRow);
    const auto high = hn::BitCast(Pairs{}, hn::SaturatedSub(first, six));
    const auto both = hn::Or(hn::SaturatedSub(second, six), hn::BitCast(d, hn::ShiftLeft<4>(high)));
    const auto reached = hn::Or(hn::IfThenElseZero(hn::Gt(first, five), hn::Set(d, 0x70)),
                                hn::IfThenElseZero(hn::Gt(second, five), hn::Set(d, 0x07)));
    hn::Store(hn::TableLookupBytes(both, even_first), d, codes.bytes + i);
    hn::Store(hn::TableLookupBytes(reached, even_first), d, mask.bytes + i);
  }
}

/// Closes gaps, and appends what is left to a stream.
class FieldWriter {
 public:
  explicit FieldWriter(std::byte* stream) : begin_(stream), at_(stream) {}

  void put(const ColumnFields& fields, const ColumnFields& mask) {
    for (std::size_t i = 0; i < sizeof fields.bytes; i += 16)
      put(pack(fields.bytes + i, mask.bytes + i), pack(fields.bytes + i + 8, mask.bytes + i + 8));
  }
  void put(const NibbleFields& fields, const NibbleFields& mask) {
    for (std::size_t lane = 0; lane < kRow; lane += 8) {
      const std::uint8_t* const from = fields.bytes + lane;
      const std::uint8_t* const of = mask.bytes + lane;
      const Packed a = pack(from, of);
      const Packed b = pack(from + kRow, of + kRow);
      const Packed c = pack(from + 2 * kRow, of + 2 * kRow);
      const Packed d = pack(from + 3 * kRow, of + 3 * kRow);
      if (a.count + b.count + c.count + d.count <= 64) {
        put(joined(joined(a, b), joined(c, d)));
      } else {
        put(a, b);
        put(c, d);
      }
    }
  }

  /// Stores what is left. Returns the number of bits.
  std::uint64_t finish() {
    store_word(pending_, at_);
    return static_cast<std::uint64_t>(8 * (at_ - begin_)) + pending_bits_;
  }

 private:
  struct Packed {
    std::uint64_t bits;
    unsigned count;
  };

  static HWY_INLINE Packed pack(const std::uint8_t* fields, const std::uint8_t* mask) {
    const std::uint64_t used = load_word(mask);
    return {_pext_u64(load_word(fields), used), static_cast<unsigned>(_mm_popcnt_u64(used))};
  }

  /// Returns both, which have at most 64 bits together.
  static HWY_INLINE Packed joined(Packed first, Packed second) {
    return {first.bits | second.bits << first.count % 64, first.count + second.count};
  }

  HWY_INLINE void put(Packed first, Packed second) {
    if (first.count + second.count <= 64) {
      put(joined(first, second));
    } else {
      put(first);
      put(second);
    }
  }

  HWY_INLINE void put(Packed packed) {
    const std::uint64_t word = pending_ | packed.bits << pending_bits_;
    store_word(word, at_);
    const std::uint64_t above = packed.bits >> 1 >> (63 - pending_bits_);
    pending_bits_ += packed.count;
    const std::uint64_t full = pending_bits_ / 64;  // 0 or 1; a branch would be guessed wrong
    pending_ = word ^ ((word ^ above) & (0 - full));
    at_ += 8 * full;
    pending_bits_ %= 64;
  }

  std::byte* const begin_;
  std::byte* at_;
  std::uint64_t pending_ = 0;
  unsigned pending_bits_ = 0;
};

HWY_INLINE BytesVector highest_of(const BlockRanks& ranks) {
  const Bytes d;
  auto highest = hn::Zero(d);
  for (std::size_t i = 0; i < ranks.size(); i += hn::Lanes(d))
    highest = hn::Max(highest, hn::LoadU(d, ranks.data() + i));
  return highest;
}

std::optional<std::uint64_t> put_levels(ElementType type, const BlockRanks& ranks,
                                        std::byte* first_level, StreamBytes& stream,
                                        Columns& escaped) {
  ColumnFields first, codes, mask;
  lay_columns(ranks, FirstLevel{}, first);
  std::memcpy(first_level, first.bytes, sizeof first.bytes);
  FieldWriter out(stream.data());
  mask_behind_first(first.bytes, mask);
  lay_columns(ranks, LaterLevel{3}, codes);
  out.put(codes, mask);
  if (ranked_format(type).level_bits[2] == 3) {
    NibbleFields triples, reached;
    lay_triples(ranks, triples, reached);
    out.put(triples, reached);
  } else {
    mask_behind(codes, mask);
    lay_columns(ranks, LaterLevel{6}, codes);
    out.put(codes, mask);
  }
  find_escapes(ranks, type, highest_of(ranks), escaped);
  return out.finish();
}

#else

std::optional<std::uint64_t> put_levels(ElementType, const BlockRanks&, std::byte*, StreamBytes&,
                                        Columns&) {
  return std::nullopt;
}

#endif

}  // namespace
}  // namespace splitbench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace splitbench {
namespace {

HWY_EXPORT(put_levels);

}  // namespace

std::optional<std::uint64_t> vector_put_levels(ElementType type, const BlockRanks& ranks,
                                               std::byte* first_level, StreamBytes& stream,
                                               Columns& escaped) {
  return HWY_DYNAMIC_DISPATCH(put_levels)(type, ranks, first_level, stream, escaped);
}

}  // namespace splitbench
#endif
