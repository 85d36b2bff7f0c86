#include "codec/cpu/vector_ranked.hpp"

#include <bit>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/cpu/vector_ranked.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "codec/cpu/vector_bytes.hpp"

HWY_BEFORE_NAMESPACE();
namespace splitbench::HWY_NAMESPACE {
namespace {

#if HWY_TARGET == HWY_SCALAR

std::size_t split(const CodeTable&, const std::byte*, std::size_t, const std::array<std::byte*, 2>&,
                  BlockRanks&) {
  return 0;
}
std::size_t join(const CodeTable&, const BlockRanks&, const std::array<const std::byte*, 2>&,
                 std::byte*, std::size_t) {
  return 0;
}

#else

/// Cuts bytes of an FP8 element type into exponents and planes, and stores the planes.
template <ElementType type>
HWY_INLINE BytesVector split_fp8(BytesVector element, std::size_t i,
                                 const std::array<std::byte*, 2>& planes) {
  constexpr ElementFormat kFormat = element_format(type);
  const Bytes d;
  const hn::RebindToSigned<Bytes> signed_d;
  const auto mantissas = hn::And(element, hn::Set(d, (1u << kFormat.mantissa_bits) - 1));
  if constexpr (type == ElementType::fp8_e4m3) {
    const auto signs = hn::And(hn::ShiftRight<4>(element), hn::Set(d, 8));
    hn::StoreU(pack_nibbles(hn::Or(signs, mantissas)), HalfBytes{}, bytes_at(planes[0]) + i / 2);
  } else {
    hn::StoreU(pack_quarters(mantissas), QuarterBytes{}, bytes_at(planes[0]) + i / 4);
    const auto negative = hn::Lt(hn::BitCast(signed_d, element), hn::Zero(signed_d));
    hn::StoreMaskBits(signed_d, negative, bytes_at(planes[1]) + i / 8);
  }
  return hn::And(hn::ShiftRight<kFormat.mantissa_bits>(element),
                 hn::Set(d, kFormat.exponents() - 1));
}

template <ElementType type>
void split_of(const CodeTable& table, const std::byte* raw, std::size_t elements,
              const std::array<std::byte*, 2>& planes, std::uint8_t* ranks) {
  const Bytes d;
  const std::size_t lanes = hn::Lanes(d);
  const std::span layers = table.layers();
  const auto layer_exponents = hn::LoadDup128(d, layers[0].exponents.data());
  const auto layer_ranks = hn::LoadDup128(d, layers[0].codes.data());
  const auto escape = hn::Set(d, static_cast<std::uint8_t>(ranked_format(type).ranks()));
  for (std::size_t i = 0; i < elements; i += lanes) {
    BytesVector exponents;
    if constexpr (type == ElementType::bf16) {
      BytesVector sign_mantissas;
      split_bf16(hn::LoadU(d, bytes_at(raw) + 2 * i), hn::LoadU(d, bytes_at(raw) + 2 * i + lanes),
                 exponents, sign_mantissas);
      hn::StoreU(sign_mantissas, d, bytes_at(planes[0]) + i);
    } else {
      exponents = split_fp8<type>(hn::LoadU(d, bytes_at(raw) + i), i, planes);
    }
    hn::Mask<Bytes> coded;
    const auto found = to_codes(exponents, layer_exponents, layer_ranks, layers.subspan(1), coded);
    hn::StoreU(hn::IfThenElse(coded, found, escape), d, ranks + i);
  }
}

template <ElementType type>
void join_of(const CodeTable& table, const std::uint8_t* ranks,
             const std::array<const std::byte*, 2>& planes, std::byte* raw, std::size_t elements) {
  constexpr ElementFormat kFormat = element_format(type);
  const Bytes d;
  const auto exponents = hn::LoadDup128(d, table.exponents().data());
  const auto low_of_rank = hn::ShiftLeft<7>(exponents);
  const auto high_of_rank = hn::ShiftRight<1>(exponents);
  const auto shifted_exponents = hn::ShiftLeft<kFormat.mantissa_bits>(exponents);
  for (std::size_t i = 0; i < elements; i += hn::Lanes(d)) {
    const auto rank = hn::LoadU(d, ranks + i);
    if constexpr (type == ElementType::bf16) {
      const auto sign_mantissas = hn::LoadU(d, bytes_at(planes[0]) + i);
      join_bf16(low_of_rank, high_of_rank, rank, sign_mantissas, bytes_at(raw) + 2 * i);
    } else {
      BytesVector rest;  // sign and mantissa, where the element has them
      if constexpr (type == ElementType::fp8_e4m3) {
        const auto nibbles = unpack_nibbles(hn::LoadU(HalfBytes{}, bytes_at(planes[0]) + i / 2));
        const auto signs = hn::ShiftLeft<4>(hn::And(nibbles, hn::Set(d, 8)));
        rest = hn::OrAnd(signs, nibbles, hn::Set(d, 7));
      } else {
        const auto negative = hn::LoadMaskBits(d, bytes_at(planes[1]) + i / 8);
        rest = hn::Or(unpack_quarters(hn::LoadU(QuarterBytes{}, bytes_at(planes[0]) + i / 4)),
                      hn::IfThenElseZero(negative, hn::Set(d, 0x80)));
      }
      hn::StoreU(hn::Or(hn::TableLookupBytes(shifted_exponents, rank), rest), d, bytes_at(raw) + i);
    }
  }
}

std::size_t split(const CodeTable& table, const std::byte* raw, std::size_t elements,
                  const std::array<std::byte*, 2>& planes, BlockRanks& ranks) {
  const std::size_t whole = elements / kGroup * kGroup;
  switch (table.element_type()) {
    case ElementType::bf16:
      split_of<ElementType::bf16>(table, raw, whole, planes, ranks.data());
      break;
    case ElementType::fp8_e5m2:
      split_of<ElementType::fp8_e5m2>(table, raw, whole, planes, ranks.data());
      break;
    case ElementType::fp8_e4m3:
      split_of<ElementType::fp8_e4m3>(table, raw, whole, planes, ranks.data());
      break;
  }
  return whole;
}

std::size_t join(const CodeTable& table, const BlockRanks& ranks,
                 const std::array<const std::byte*, 2>& planes, std::byte* raw,
                 std::size_t elements) {
  const std::size_t whole = elements / kGroup * kGroup;
  switch (table.element_type()) {
    case ElementType::bf16:
      join_of<ElementType::bf16>(table, ranks.data(), planes, raw, whole);
      break;
    case ElementType::fp8_e5m2:
      join_of<ElementType::fp8_e5m2>(table, ranks.data(), planes, raw, whole);
      break;
    case ElementType::fp8_e4m3:
      join_of<ElementType::fp8_e4m3>(table, ranks.data(), planes, raw, whole);
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

HWY_EXPORT(split);
HWY_EXPORT(join);

}  // namespace

std::size_t vector_split(const CodeTable& table, const std::byte* raw, std::size_t elements,
                         const std::array<std::byte*, 2>& planes, BlockRanks& ranks) {
  return HWY_DYNAMIC_DISPATCH(split)(table, raw, elements, planes, ranks);
}

std::size_t vector_join(const CodeTable& table, const BlockRanks& ranks,
                        const std::array<const std::byte*, 2>& planes, std::byte* raw,
                        std::size_t elements) {
  return HWY_DYNAMIC_DISPATCH(join)(table, ranks, planes, raw, elements);
}

}  // namespace splitbench
#endif
