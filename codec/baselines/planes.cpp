#include "codec/baselines/planes.hpp"

#include <cstring>

#include "codec/element.hpp"

namespace splitbench {
namespace {

constexpr ElementFormat kFormat = element_format(ElementType::bf16);

}  // namespace

void split_planes(std::span<const std::byte> raw, std::span<std::byte> exponents,
                  std::span<std::byte> rest) {
  for (std::size_t i = 0; i < exponents.size(); ++i) {
    std::uint16_t element;
    std::memcpy(&element, raw.data() + 2 * i, sizeof(element));
    exponents[i] = static_cast<std::byte>(kFormat.exponent(element));
    rest[i] = static_cast<std::byte>(kFormat.sign_mantissa(element));
  }
}

void join_planes(std::span<const std::byte> exponents, std::span<const std::byte> rest,
                 std::span<std::byte> raw) {
  for (std::size_t i = 0; i < exponents.size(); ++i) {
    const auto element = static_cast<std::uint16_t>(
        kFormat.join(static_cast<unsigned>(exponents[i]), static_cast<unsigned>(rest[i])));
    std::memcpy(raw.data() + 2 * i, &element, sizeof(element));
  }
}

}  // namespace splitbench
