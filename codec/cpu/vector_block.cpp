#include "codec/cpu/block.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/cpu/vector_block.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "codec/cpu/vector_bytes.hpp"

// All code between HWY_BEFORE_NAMESPACE and HWY_AFTER_NAMESPACE is compiled once for each
// instruction set.
HWY_BEFORE_NAMESPACE();
namespace splitbench::HWY_NAMESPACE {
namespace {

#if HWY_TARGET == HWY_SCALAR

std::size_t encode(const CodeTable&, const std::byte*, std::size_t, const Planes&, EscapeBits&) {
  return 0;
}
std::size_t decode(const CodeTable&, const ConstPlanes&, std::byte*, std::size_t) {
  return 0;
}

#else

/// Returns the codes of exponents, and stores a bit for each that has none.
BytesVector put_codes(BytesVector exponents, BytesVector layer_exponents, BytesVector layer_codes,
                      std::span<const CodeTable::Layer> others, std::uint8_t* escaped) {
  hn::Mask<Bytes> coded;
  const auto codes = to_codes(exponents, layer_exponents, layer_codes, others, coded);
  hn::StoreMaskBits(Bytes{}, hn::Not(coded), escaped);
  return codes;
}

void encode_bf16(const CodeTable& table, const std::byte* raw, std::size_t elements,
                 const Planes& planes, std::uint8_t* escaped) {
  const Bytes d;
  const std::span layers = table.layers();
  const auto layer_exponents = hn::LoadDup128(d, layers[0].exponents.data());
  const auto layer_codes = hn::LoadDup128(d, layers[0].codes.data());
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t i = 0; i < elements; i += lanes) {
    BytesVector exponents, sign_mantissas;
    split_bf16(hn::LoadU(d, bytes_at(raw) + 2 * i), hn::LoadU(d, bytes_at(raw) + 2 * i + lanes),
               exponents, sign_mantissas);
    const auto codes =
        put_codes(exponents, layer_exponents, layer_codes, layers.subspan(1), escaped + i / 8);
    hn::StoreU(pack_nibbles(codes), HalfBytes{}, bytes_at(planes[0]) + i / 2);
    hn::StoreU(sign_mantissas, d, bytes_at(planes[1]) + i);
  }
}

void decode_bf16(const CodeTable& table, const ConstPlanes& planes, std::byte* raw,
                 std::size_t elements) {
  const Bytes d;
  const auto exponents = hn::LoadDup128(d, table.exponents().data());
  const auto high_of_code = hn::ShiftRight<1>(exponents);
  const auto low_of_code = hn::ShiftLeft<7>(exponents);
  for (std::size_t i = 0; i < elements; i += hn::Lanes(d)) {
    const auto codes = unpack_nibbles(hn::LoadU(HalfBytes{}, bytes_at(planes[0]) + i / 2));
    const auto sign_mantissas = hn::LoadU(d, bytes_at(planes[1]) + i);
    join_bf16(low_of_code, high_of_code, codes, sign_mantissas, bytes_at(raw) + 2 * i);
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
        put_codes(exponents, layer_exponents, layer_codes, layers.subspan(1), escaped + i / 8);
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
