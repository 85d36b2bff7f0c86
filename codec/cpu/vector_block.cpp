#include "codec/cpu/block.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/cpu/vector_block.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

// All code between HWY_BEFORE_NAMESPACE and HWY_AFTER_NAMESPACE is compiled once for each
// instruction set.
HWY_BEFORE_NAMESPACE();
namespace splitbench::HWY_NAMESPACE {
namespace {

/// The elements of a step, a multiple of the lanes of every instruction set, so that each plane and
/// the escape bits end with whole bytes.
constexpr std::size_t kGroup = 64;

#if HWY_TARGET == HWY_SCALAR

std::size_t encode(const CodeTable&, const std::byte*, std::size_t, const Planes&, EscapeBits&) {
  return 0;
}
std::size_t decode(const CodeTable&, const ConstPlanes&, std::byte*, std::size_t) {
  return 0;
}

#else

namespace hn = hwy::HWY_NAMESPACE;

using Bytes = hn::CappedTag<std::uint8_t, kGroup>;
using Pairs = hn::RepartitionToWide<Bytes>;
using Fours = hn::RepartitionToWide<Pairs>;
using BytesVector = hn::Vec<Bytes>;
using HalfBytes = hn::Rebind<std::uint8_t, Pairs>;
using QuarterBytes = hn::Rebind<std::uint8_t, Fours>;

const std::uint8_t* bytes_at(const std::byte* bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes);
}
std::uint8_t* bytes_at(std::byte* bytes) {
  return reinterpret_cast<std::uint8_t*>(bytes);
}

/// Returns the codes of exponents, and stores a bit for each that has none. A table has at least
/// one layer, whose vectors the caller keeps in registers, and seldom others.
BytesVector to_codes(BytesVector exponents, BytesVector layer_exponents, BytesVector layer_codes,
                     std::span<const CodeTable::Layer> others, std::uint8_t* escaped) {
  const Bytes d;
  const auto slots = hn::And(exponents, hn::Set(d, 15));
  auto coded = hn::Eq(exponents, hn::TableLookupBytes(layer_exponents, slots));
  auto codes = hn::IfThenElseZero(coded, hn::TableLookupBytes(layer_codes, slots));
  for (const CodeTable::Layer& layer : others) {
    layer_exponents = hn::LoadDup128(d, layer.exponents.data());
    layer_codes = hn::LoadDup128(d, layer.codes.data());
    const auto found = hn::Eq(exponents, hn::TableLookupBytes(layer_exponents, slots));
    codes = hn::IfThenElse(found, hn::TableLookupBytes(layer_codes, slots), codes);
    coded = hn::Or(coded, found);
  }
  hn::StoreMaskBits(d, hn::Not(coded), escaped);
  return codes;
}

/// Packs bytes of 4 bits each, two to a byte.
hn::Vec<HalfBytes> pack_nibbles(BytesVector nibbles) {
  const auto pairs = hn::BitCast(Pairs{}, nibbles);
  return hn::TruncateTo(HalfBytes{}, hn::Or(pairs, hn::ShiftRight<4>(pairs)));
}

BytesVector unpack_nibbles(hn::Vec<HalfBytes> packed) {
  const auto pairs = hn::PromoteTo(Pairs{}, packed);
  const auto apart = hn::Or(pairs, hn::ShiftLeft<4>(pairs));
  return hn::And(hn::BitCast(Bytes{}, apart), hn::Set(Bytes{}, 0x0f));
}

/// Packs bytes of 2 bits each, four to a byte. It avoids TruncateTo, which from vectors of 32 bits
/// is wrong in Highway 1.0.3 for some processors.
hn::Vec<QuarterBytes> pack_quarters(BytesVector quarters) {
  const auto apart = hn::BitCast(Fours{}, quarters);
  const auto pairs = hn::Or(apart, hn::ShiftRight<6>(apart));
  const auto fours = hn::Or(pairs, hn::ShiftRight<12>(pairs));
  const auto low_bytes = hn::And(fours, hn::Set(Fours{}, 0xff));
  return hn::DemoteTo(QuarterBytes{}, hn::BitCast(hn::RebindToSigned<Fours>{}, low_bytes));
}

BytesVector unpack_quarters(hn::Vec<QuarterBytes> packed) {
  const auto fours = hn::PromoteTo(Fours{}, packed);
  const auto pairs = hn::Or(fours, hn::ShiftLeft<12>(fours));
  const auto apart = hn::Or(pairs, hn::ShiftLeft<6>(pairs));
  return hn::And(hn::BitCast(Bytes{}, apart), hn::Set(Bytes{}, 0x03));
}

void encode_bf16(const CodeTable& table, const std::byte* raw, std::size_t elements,
                 const Planes& planes, std::uint8_t* escaped) {
  const Bytes d;
  const std::span layers = table.layers();
  const auto layer_exponents = hn::LoadDup128(d, layers[0].exponents.data());
  const auto layer_codes = hn::LoadDup128(d, layers[0].codes.data());
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t i = 0; i < elements; i += lanes) {
    const auto first = hn::LoadU(d, bytes_at(raw) + 2 * i);
    const auto second = hn::LoadU(d, bytes_at(raw) + 2 * i + lanes);
    const auto low = hn::ConcatEven(d, second, first);
    const auto high = hn::ConcatOdd(d, second, first);
    const auto exponents = hn::Or(hn::Add(high, high), hn::ShiftRight<7>(low));
    const auto mantissas = hn::And(low, hn::Set(d, 0x7f));
    const auto sign_mantissas = hn::OrAnd(mantissas, high, hn::Set(d, 0x80));
    const auto codes =
        to_codes(exponents, layer_exponents, layer_codes, layers.subspan(1), escaped + i / 8);
    hn::StoreU(pack_nibbles(codes), HalfBytes{}, bytes_at(planes[0]) + i / 2);
    hn::StoreU(sign_mantissas, d, bytes_at(planes[1]) + i);
  }
}

void decode_bf16(const CodeTable& table, const ConstPlanes& planes, std::byte* raw,
                 std::size_t elements) {
  const Bytes d;
  const std::size_t lanes = hn::Lanes(d);
  const auto exponents = hn::LoadDup128(d, table.exponents().data());
  const auto high_of_code = hn::ShiftRight<1>(exponents);
  const auto low_of_code = hn::ShiftLeft<7>(exponents);
  for (std::size_t i = 0; i < elements; i += lanes) {
    const auto codes = unpack_nibbles(hn::LoadU(HalfBytes{}, bytes_at(planes[0]) + i / 2));
    const auto sign_mantissas = hn::LoadU(d, bytes_at(planes[1]) + i);
    const auto low =
        hn::OrAnd(hn::TableLookupBytes(low_of_code, codes), sign_mantissas, hn::Set(d, 0x7f));
    const auto high =
        hn::OrAnd(hn::TableLookupBytes(high_of_code, codes), sign_mantissas, hn::Set(d, 0x80));
    hn::StoreInterleaved2(low, high, d, bytes_at(raw) + 2 * i);
  }
}

/// Code and mantissa are 6 bits together, in both types: the first 4 go into the first plane, the
/// others into the second, the sign into the third.
template <ElementType type>
void encode_fp8(const CodeTable& table, const std::byte* raw, std::size_t elements,
                const Planes& planes, std::uint8_t* escaped) {
  constexpr ElementFormat kFormat = element_format(type);
  const Bytes d;
  const hn::RebindToSigned<Bytes> signed_d;
  const std::span layers = table.layers();
  const auto layer_exponents = hn::LoadDup128(d, layers[0].exponents.data());
  const auto layer_codes = hn::LoadDup128(d, layers[0].codes.data());
  for (std::size_t i = 0; i < elements; i += hn::Lanes(d)) {
    const auto element = hn::LoadU(d, bytes_at(raw) + i);
    const auto exponents = hn::And(hn::ShiftRight<kFormat.mantissa_bits>(element),
                                   hn::Set(d, kFormat.exponents() - 1));
    const auto mantissas = hn::And(element, hn::Set(d, (1u << kFormat.mantissa_bits) - 1));
    const auto codes =
        to_codes(exponents, layer_exponents, layer_codes, layers.subspan(1), escaped + i / 8);
    const auto value = hn::Or(codes, hn::ShiftLeft<kFormat.code_bits>(mantissas));
    const auto nibbles = hn::And(value, hn::Set(d, 0x0f));
    hn::StoreU(pack_nibbles(nibbles), HalfBytes{}, bytes_at(planes[0]) + i / 2);
    hn::StoreU(pack_quarters(hn::ShiftRight<4>(value)), QuarterBytes{},
               bytes_at(planes[1]) + i / 4);
    const auto negative = hn::Lt(hn::BitCast(signed_d, element), hn::Zero(signed_d));
    hn::StoreMaskBits(signed_d, negative, bytes_at(planes[2]) + i / 8);
  }
}

template <ElementType type>
void decode_fp8(const CodeTable& table, const ConstPlanes& planes, std::byte* raw,
                std::size_t elements) {
  constexpr ElementFormat kFormat = element_format(type);
  const Bytes d;
  const auto exponents = hn::LoadDup128(d, table.exponents().data());
  const auto shifted_exponents = hn::ShiftLeft<kFormat.mantissa_bits>(exponents);
  for (std::size_t i = 0; i < elements; i += hn::Lanes(d)) {
    const auto nibbles = unpack_nibbles(hn::LoadU(HalfBytes{}, bytes_at(planes[0]) + i / 2));
    const auto quarters = unpack_quarters(hn::LoadU(QuarterBytes{}, bytes_at(planes[1]) + i / 4));
    const auto negative = hn::LoadMaskBits(d, bytes_at(planes[2]) + i / 8);
    const auto value = hn::Or(nibbles, hn::ShiftLeft<4>(quarters));
    const auto codes = hn::And(value, hn::Set(d, kFormat.codes() - 1));
    const auto magnitude = hn::Or(hn::TableLookupBytes(shifted_exponents, codes),
                                  hn::ShiftRight<kFormat.code_bits>(value));
    const auto sign = hn::IfThenElseZero(negative, hn::Set(d, 0x80));
    hn::StoreU(hn::Or(magnitude, sign), d, bytes_at(raw) + i);
  }
}

std::size_t encode(const CodeTable& table, const std::byte* raw, std::size_t elements,
                   const Planes& planes, EscapeBits& escaped) {
  const std::size_t whole = elements / kGroup * kGroup;
  auto* const bits = reinterpret_cast<std::uint8_t*>(escaped.data());
  switch (table.element_type()) {
    case ElementType::bf16:
      encode_bf16(table, raw, whole, planes, bits);
      break;
    case ElementType::fp8_e5m2:
      encode_fp8<ElementType::fp8_e5m2>(table, raw, whole, planes, bits);
      break;
    case ElementType::fp8_e4m3:
      encode_fp8<ElementType::fp8_e4m3>(table, raw, whole, planes, bits);
      break;
  }
  return whole;
}

std::size_t decode(const CodeTable& table, const ConstPlanes& planes, std::byte* raw,
                   std::size_t elements) {
  const std::size_t whole = elements / kGroup * kGroup;
  switch (table.element_type()) {
    case ElementType::bf16:
      decode_bf16(table, planes, raw, whole);
      break;
    case ElementType::fp8_e5m2:
      decode_fp8<ElementType::fp8_e5m2>(table, planes, raw, whole);
      break;
    case ElementType::fp8_e4m3:
      decode_fp8<ElementType::fp8_e4m3>(table, planes, raw, whole);
      break;
  }
  return whole;
}

#endif

}  // namespace
}  // namespace splitbench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace splitbench {
namespace {

HWY_EXPORT(encode);
HWY_EXPORT(decode);

}  // namespace

std::size_t vector_encode(const CodeTable& table, const std::byte* raw, std::size_t elements,
                          const Planes& planes, EscapeBits& escaped) {
  return HWY_DYNAMIC_DISPATCH(encode)(table, raw, elements, planes, escaped);
}

std::size_t vector_decode(const CodeTable& table, const ConstPlanes& planes, std::byte* raw,
                          std::size_t elements) {
  return HWY_DYNAMIC_DISPATCH(decode)(table, planes, raw, elements);
}

}  // namespace splitbench
#endif
