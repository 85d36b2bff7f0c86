#include <algorithm>
#include <array>
#include <random>
#include <utility>

#include "configs/scenario.hpp"
#include "sim/codec_bench.hpp"
#include "workers/kv_profile.hpp"

namespace splitbench {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{8} << 20;

/// Its exponents with a code, and the others.
struct Parted {
  ExponentHistogram coded{}, others{};
};

Parted part(const ExponentHistogram& histogram, const Codebook& codebook) {
  Parted parted;
  parted.others = histogram;
  for (unsigned code = 0; code < codebook.size(); ++code) {
    const std::uint8_t exponent = codebook.exponents[code];
    parted.coded[exponent] = std::exchange(parted.others[exponent], 0);
  }
  const bool none = std::ranges::all_of(parted.others, [](auto count) { return count == 0; });
  if (none) {
    const unsigned lowest = codebook.exponents[0];
    const unsigned highest = codebook.exponents[codebook.size() - 1];
    const bool room_above = highest + 1 < element_format(codebook.element_type).exponents();
    parted.others[room_above ? highest + 1 : lowest - 1] = 1;
  }
  return parted;
}

double escape_rate_of(const std::vector<std::byte>& piece, const Codebook& codebook) {
  const ElementType type = codebook.element_type;
  const auto elements = static_cast<double>(piece.size() / element_bytes(type));
  return static_cast<double>(escapes(exponent_histogram(piece, type), codebook)) / elements;
}

}  // namespace

ExponentHistogram model_exponents() {
  return exponent_histogram(make_kv(load_kv_profile("llm"), 2, 512, 1024, 1).values,
                            ElementType::bf16);
}

BenchElements draw_elements(const ExponentHistogram& histogram, ElementType type,
                            double escape_rate) {
  const ElementFormat format = element_format(type);
  const Codebook codebook = calibrate(histogram, type);
  const Parted parted = part(histogram, codebook);
  std::mt19937_64 random(1);
  std::discrete_distribution<unsigned> coded(parted.coded.begin(), parted.coded.end());
  std::discrete_distribution<unsigned> other(parted.others.begin(), parted.others.end());
  std::bernoulli_distribution escapes(escape_rate);
  std::uniform_int_distribution<unsigned> bits(0, (2u << format.mantissa_bits) - 1);
  BenchElements elements{.type = type, .piece = {}, .codebook = codebook, .escape_rate = 0};
  elements.piece.resize(kPieceBytes);
  for (std::size_t at = 0; at < kPieceBytes; at += format.bytes) {
    const unsigned exponent = escapes(random) ? other(random) : coded(random);
    const unsigned element = format.join(exponent, bits(random));
    for (unsigned byte = 0; byte < format.bytes; ++byte)
      elements.piece[at + byte] = static_cast<std::byte>(element >> 8 * byte);
  }
  elements.escape_rate = escape_rate_of(elements.piece, codebook);
  return elements;
}

BenchElements take_elements(std::span<const std::byte> raw, ElementType type) {
  const std::span piece = raw.first(std::min(raw.size(), kPieceBytes) / 16 * 16);
  const Codebook codebook = calibrate(exponent_histogram(piece, type), type);
  BenchElements elements{
      .type = type, .piece = {piece.begin(), piece.end()}, .codebook = codebook, .escape_rate = 0};
  elements.escape_rate = escape_rate_of(elements.piece, codebook);
  return elements;
}

ExponentHistogram as_rounded(const ExponentHistogram& bf16, ElementType type) {
  if (type == ElementType::bf16) return bf16;
  const int bias = (1 << (element_format(type).exponent_bits - 1)) - 1;
  const int highest = static_cast<int>(element_format(type).exponents()) -
                      (type == ElementType::fp8_e5m2 ? 2 : 1);  // its last is for infinities
  ExponentHistogram rounded{};
  for (int exponent = 0; exponent < 256; ++exponent)
    rounded[std::clamp(exponent - 127 + bias, 0, highest)] += bf16[exponent];
  return rounded;
}

}  // namespace splitbench
