#include "codec/cpu/ranked_block.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "codec/cpu/block.hpp"
#include "codec/cpu/ranked_bits.hpp"
#include "codec/cpu/ranked_levels.hpp"
#include "codec/frame_layout.hpp"

namespace splitbench {
namespace {

template <ElementType type>
using Word = std::conditional_t<element_format(type).bytes == 2, std::uint16_t, std::uint8_t>;

/// A block's elements, copied to memory that nothing else can alias, so that compilers see that
/// loops are independent.
template <ElementType type>
using Elements = std::array<Word<type>, kRankedBlock>;

/// Writes a plane of `bits` bits of sign and mantissa per element, from bit `shift` on.
template <ElementType type, unsigned bits, unsigned shift>
void write_plane(const Elements<type>& elements, std::size_t n, std::byte* plane) {
  if constexpr (bits > 0) {
    constexpr ElementFormat kFormat = element_format(type);
    constexpr std::size_t kInByte = 8 / bits;
    for (std::size_t first = 0; first < n; first += kInByte) {
      unsigned byte = 0;
      for (unsigned i = 0; i < kInByte; ++i) {
        const unsigned value = kFormat.sign_mantissa(elements[first + i]) >> shift;
        byte |= (value & ((1u << bits) - 1)) << bits * i;
      }
      plane[first / kInByte] = static_cast<std::byte>(byte);
    }
  }
}

template <unsigned bits>
unsigned read_plane(const std::byte* plane, std::size_t i) {
  if constexpr (bits == 0) {
    return 0;
  } else {
    return static_cast<unsigned>(plane[i * bits / 8]) >> i * bits % 8 & ((1u << bits) - 1);
  }
}

/// Looks up the codes of the elements, and cuts their signs and mantissas into planes.
template <ElementType type>
void split(const RankTable& table, std::span<const std::byte> raw,
           const std::array<std::byte*, 2>& planes, BlockCodes& codes) {
  constexpr ElementFormat kFormat = element_format(type);
  constexpr RankedFormat kRanked = ranked_format(type);
  const std::size_t n = raw.size() / kFormat.bytes;
  Elements<type> elements;
  std::memcpy(elements.data(), raw.data(), raw.size());
  std::fill(elements.begin() + static_cast<std::ptrdiff_t>(n), elements.end(), Word<type>{0});
  for (std::size_t i = 0; i < n; ++i) codes[i] = table.codes_of(kFormat.exponent(elements[i]));
  write_plane<type, kRanked.plane_bits[0], 0>(elements, n, planes[0]);
  write_plane<type, kRanked.plane_bits[1], kRanked.plane_bits[0]>(elements, n, planes[1]);
}

/// Joins exponents, which are known, and planes to elements.
template <ElementType type>
void join(const BlockCodes& exponents, const std::array<const std::byte*, 2>& planes,
          std::span<std::byte> raw) {
  constexpr ElementFormat kFormat = element_format(type);
  constexpr RankedFormat kRanked = ranked_format(type);
  Elements<type> elements;
  for (std::size_t i = 0; i < raw.size() / kFormat.bytes; ++i) {
    const unsigned value = read_plane<kRanked.plane_bits[0]>(planes[0], i) |
                           read_plane<kRanked.plane_bits[1]>(planes[1], i) << kRanked.plane_bits[0];
    elements[i] = static_cast<Word<type>>(kFormat.join(exponents[i], value));
  }
  std::memcpy(raw.data(), elements.data(), raw.size());
}

/// Calls function.template operator()<type>().
template <typename Function>
void with_type(ElementType type, const Function& function) {
  switch (type) {
    case ElementType::bf16:
      return function.template operator()<ElementType::bf16>();
    case ElementType::fp8_e5m2:
      return function.template operator()<ElementType::fp8_e5m2>();
    case ElementType::fp8_e4m3:
      return function.template operator()<ElementType::fp8_e4m3>();
  }
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
  with_type(table.element_type(),
            [&]<ElementType type> { split<type>(table, raw, sections.planes, codes); });

  BitWriter out(stream);
  const Columns escaped = put_levels(ranked, codes, sections.first_level, out);
  out.end_unit(8);
  for_each_bit(escaped, [&](unsigned chunk, unsigned bit) {
    out.put(exponent_at(place_of(chunk, bit)), 8);
  });
  out.end_unit(32);
}

FrameFault decode_ranked_block(const RankTable& table,
                               const RankedSections<const std::byte>& sections,
                               std::span<const std::byte> stream, std::span<std::byte> raw) {
  const ElementFormat format = element_format(table.element_type());
  const RankedFormat ranked = ranked_format(table.element_type());
  const std::size_t n = raw.size() / format.bytes;
  BlockCodes codes;
  BitReader in(stream);
  const Columns escaped = take_levels(ranked, sections.first_level, in, codes);
  const auto exists_not = codes.begin() + static_cast<std::ptrdiff_t>(n);
  if (std::any_of(exists_not, codes.end(), [](std::uint8_t code) { return code != 0; }))
    return FrameFault::padding;
  bool zeros = in.end_unit(8);
  BlockCodes exponents;
  std::ranges::transform(codes, exponents.begin(),
                         [&](std::uint8_t code) { return table.exponent_of(code); });
  bool have_no_code = true;
  for_each_bit(escaped, [&](unsigned chunk, unsigned bit) {
    const unsigned exponent = in.take(8);
    have_no_code &= exponent < format.exponents() && table.codes_of(exponent) == table.escape();
    exponents[place_of(chunk, bit)] = static_cast<std::uint8_t>(exponent);
  });
  zeros &= in.end_unit(32);
  if (!in.at_end()) return FrameFault::stream;
  if (!zeros) return FrameFault::padding;
  if (!have_no_code) return FrameFault::escape_exponent;
  with_type(table.element_type(),
            [&]<ElementType type> { join<type>(exponents, sections.planes, raw); });
  return FrameFault::none;
}

}  // namespace splitbench
