#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <vector>

#include "codec/codebook.hpp"
#include "codec/fp8_rounding.hpp"

namespace splitbench {

// Tensors and codebooks that tests share.

/// Returns a codebook of consecutive exponents from `first` on.
inline Codebook window(ElementType type, unsigned first) {
  Codebook codebook{.exponents = {}, .element_type = type};
  for (unsigned code = 0; code < codebook.size(); ++code)
    codebook.exponents[code] = static_cast<std::uint8_t>(first + code);
  return codebook;
}

/// Returns the window that normally distributed elements need.
inline Codebook window(ElementType type = ElementType::bf16) {
  return window(type, type == ElementType::bf16 ? 114 : type == ElementType::fp8_e5m2 ? 3 : 2);
}

/// Returns a window in which exact zeros have a code too, as real caches need it.
inline Codebook window_and_zero(ElementType type) {
  Codebook codebook = window(type);
  codebook.exponents[0] = 0;
  return codebook;
}

/// Returns a codebook of exponents as far apart as possible.
inline Codebook scattered(ElementType type) {
  Codebook codebook = window(type);
  const unsigned highest = element_format(type).exponents() - 1;
  for (unsigned code = 0; code < codebook.size(); ++code)
    codebook.exponents[code] = static_cast<std::uint8_t>(code * highest / (codebook.size() - 1));
  return codebook;
}

/// Returns a codebook of exponents with equal low bits, as far as there are such, which lookup
/// tables find hardest.
inline Codebook stacked(ElementType type) {
  Codebook codebook = window(type);
  const unsigned step = element_format(type).exponents() / codebook.size();
  for (unsigned code = 0; code < codebook.size(); ++code)
    codebook.exponents[code] = static_cast<std::uint8_t>(step * code + step / 2);
  return codebook;
}

/// Returns the codebook with the same exponents, as many as fit (of fp8_e4m3 one more), for a frame
/// of this kind: ranked by how near they are to those of numbers just below 1.
inline Codebook for_kind(FrameKind kind, const Codebook& codebook) {
  if (kind != FrameKind::ranked) return codebook;
  const ElementFormat format = element_format(codebook.element_type);
  const int middle = static_cast<int>(format.exponents() / 2 - 2);
  ExponentHistogram histogram{};
  for (unsigned code = 0; code < codebook.size(); ++code) {
    const int exponent = codebook.exponents[code];
    histogram[codebook.exponents[code]] =
        static_cast<std::uint64_t>(300 - std::abs(exponent - middle));
  }
  return calibrate(histogram, codebook.element_type, kind);
}

/// Returns the best codebook for these elements.
inline Codebook fitting(ElementType type, const std::vector<std::byte>& raw,
                        FrameKind kind = FrameKind::splitzip) {
  return calibrate(exponent_histogram(raw, type), type, kind);
}

/// Returns codebooks for frames of this kind: of neighbours, the same with exact zeros, and the
/// exponents of scattered() and of stacked().
inline std::vector<Codebook> sample_codebooks(ElementType type,
                                              FrameKind kind = FrameKind::splitzip) {
  return {for_kind(kind, window(type)), for_kind(kind, window_and_zero(type)),
          for_kind(kind, scattered(type)), for_kind(kind, stacked(type))};
}

/// Returns elements like those of a cache: normally distributed, a few far smaller ones, a few
/// exact zeros.
inline std::vector<std::byte> like_a_cache(ElementType type, std::size_t n,
                                           std::uint64_t seed = 1) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> value;
  std::vector<std::uint16_t> elements(n);
  for (std::uint16_t& element : elements) {
    const std::uint64_t kind = random() % 1000;
    const float number = kind == 0 ? 0 : kind < 5 ? value(random) * 1e-6f : value(random);
    element = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(number) >> 16);
  }
  return as_type(elements, type);
}

/// Returns one element of each bit pattern.
inline std::vector<std::byte> all_patterns(ElementType type) {
  const std::size_t bytes = element_bytes(type);
  std::vector<std::byte> elements(bytes << 8 * bytes);
  for (std::size_t i = 0; i < elements.size(); ++i)
    elements[i] = static_cast<std::byte>(i / bytes >> 8 * (i % bytes));
  return elements;
}

}  // namespace splitbench
