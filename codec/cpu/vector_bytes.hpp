// Steps on vectors of bytes that the codec's inner loops share. A source file includes this behind
// <hwy/highway.h>; like that header, it is read once for each instruction set.
#if defined(SPLITBENCH_CODEC_CPU_VECTOR_BYTES) == defined(HWY_TARGET_TOGGLE)
#ifdef SPLITBENCH_CODEC_CPU_VECTOR_BYTES
#undef SPLITBENCH_CODEC_CPU_VECTOR_BYTES
#else
#define SPLITBENCH_CODEC_CPU_VECTOR_BYTES
#endif

#include <cstddef>
#include <cstdint>
#include <hwy/highway.h>
#include <span>

#include "codec/cpu/block.hpp"

HWY_BEFORE_NAMESPACE();
namespace splitbench::HWY_NAMESPACE {
namespace {

#if HWY_TARGET != HWY_SCALAR

namespace hn = hwy::HWY_NAMESPACE;

/// The elements of a step, a multiple of the lanes of every instruction set, so that planes and
/// bits end with whole bytes.
constexpr std::size_t kGroup = 64;

using Bytes = hn::CappedTag<std::uint8_t, kGroup>;
using Pairs = hn::RepartitionToWide<Bytes>;
using Fours = hn::RepartitionToWide<Pairs>;
using BytesVector = hn::Vec<Bytes>;
using HalfBytes = hn::Rebind<std::uint8_t, Pairs>;
using QuarterBytes = hn::Rebind<std::uint8_t, Fours>;

HWY_INLINE const std::uint8_t* bytes_at(const std::byte* bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes);
}
HWY_INLINE std::uint8_t* bytes_at(std::byte* bytes) {
  return reinterpret_cast<std::uint8_t*>(bytes);
}

/// Returns the codes of exponents, 0 where there is none, and in `coded` which have one. A table
/// has at least one layer, whose vectors the caller keeps in registers, and seldom others.
HWY_INLINE BytesVector to_codes(BytesVector exponents, BytesVector layer_exponents,
                                BytesVector layer_codes, std::span<const CodeTable::Layer> others,
                                hn::Mask<Bytes>& coded) {
  const Bytes d;
  const auto slots = hn::And(exponents, hn::Set(d, 15));
  coded = hn::Eq(exponents, hn::TableLookupBytes(layer_exponents, slots));
  auto codes = hn::IfThenElseZero(coded, hn::TableLookupBytes(layer_codes, slots));
  for (const CodeTable::Layer& layer : others) {
    layer_exponents = hn::LoadDup128(d, layer.exponents.data());
    layer_codes = hn::LoadDup128(d, layer.codes.data());
    const auto found = hn::Eq(exponents, hn::TableLookupBytes(layer_exponents, slots));
    codes = hn::IfThenElse(found, hn::TableLookupBytes(layer_codes, slots), codes);
    coded = hn::Or(coded, found);
  }
  return codes;
}

/// Packs bytes of 4 bits each, two to a byte.
HWY_INLINE hn::Vec<HalfBytes> pack_nibbles(BytesVector nibbles) {
  const auto pairs = hn::BitCast(Pairs{}, nibbles);
  return hn::TruncateTo(HalfBytes{}, hn::Or(pairs, hn::ShiftRight<4>(pairs)));
}

HWY_INLINE BytesVector unpack_nibbles(hn::Vec<HalfBytes> packed) {
  const auto pairs = hn::PromoteTo(Pairs{}, packed);
  const auto apart = hn::Or(pairs, hn::ShiftLeft<4>(pairs));
  return hn::And(hn::BitCast(Bytes{}, apart), hn::Set(Bytes{}, 0x0f));
}

/// Packs bytes of 2 bits each, four to a byte. It avoids TruncateTo, which from vectors of 32 bits
/// is wrong in Highway 1.0.3 for some processors.
HWY_INLINE hn::Vec<QuarterBytes> pack_quarters(BytesVector quarters) {
  const auto apart = hn::BitCast(Fours{}, quarters);
  const auto pairs = hn::Or(apart, hn::ShiftRight<6>(apart));
  const auto fours = hn::Or(pairs, hn::ShiftRight<12>(pairs));
  const auto low_bytes = hn::And(fours, hn::Set(Fours{}, 0xff));
  return hn::DemoteTo(QuarterBytes{}, hn::BitCast(hn::RebindToSigned<Fours>{}, low_bytes));
}

HWY_INLINE BytesVector unpack_quarters(hn::Vec<QuarterBytes> packed) {
  const auto fours = hn::PromoteTo(Fours{}, packed);
  const auto pairs = hn::Or(fours, hn::ShiftLeft<12>(fours));
  const auto apart = hn::Or(pairs, hn::ShiftLeft<6>(pairs));
  return hn::And(hn::BitCast(Bytes{}, apart), hn::Set(Bytes{}, 0x03));
}

/// Cuts elements of bf16, two consecutive vectors of them, into exponents and signs above
/// mantissas.
HWY_INLINE void split_bf16(BytesVector first, BytesVector second, BytesVector& exponents,
                           BytesVector& sign_mantissas) {
  const Bytes d;
  const auto low = hn::ConcatEven(d, second, first);
  const auto high = hn::ConcatOdd(d, second, first);
  const auto mantissas = hn::And(low, hn::Set(d, 0x7f));
  exponents = hn::Or(hn::Add(high, high), hn::ShiftRight<7>(low));
  sign_mantissas = hn::OrAnd(mantissas, high, hn::Set(d, 0x80));
}

/// Joins what split_bf16 has cut, where exponents are the entries `codes` of a table of 16, and
/// stores the elements. `low_of_code` and `high_of_code` are the table's exponents as bits of an
/// element's low and high byte.
HWY_INLINE void join_bf16(BytesVector low_of_code, BytesVector high_of_code, BytesVector codes,
                          BytesVector sign_mantissas, std::uint8_t* raw) {
  const Bytes d;
  const auto low =
      hn::OrAnd(hn::TableLookupBytes(low_of_code, codes), sign_mantissas, hn::Set(d, 0x7f));
  const auto high =
      hn::OrAnd(hn::TableLookupBytes(high_of_code, codes), sign_mantissas, hn::Set(d, 0x80));
  hn::StoreInterleaved2(low, high, d, raw);
}

#endif

}  // namespace
}  // namespace splitbench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
