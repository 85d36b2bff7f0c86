#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace splitbench {

// bf16 elements as two planes of a byte an element: exponents, and signs above mantissas. It is
// what people do by hand before a byte-wise coder (ZipNN does), with the one rotation that keeps
// the exponent's lowest bit out of the mantissas' byte.

/// `raw` is twice as long as each plane.
void split_planes(std::span<const std::byte> raw, std::span<std::byte> exponents,
                  std::span<std::byte> rest);
void join_planes(std::span<const std::byte> exponents, std::span<const std::byte> rest,
                 std::span<std::byte> raw);

}  // namespace splitbench
