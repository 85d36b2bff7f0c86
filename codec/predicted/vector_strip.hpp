#pragma once
#include <cstddef>
#include <cstdint>

#include "codec/predicted/residual.hpp"
#include "codec/predicted/rotation.hpp"

namespace splitbench {

// Rows of channels of a token, in vectors of whatever the processor has. All is of integers, but
// for values in units of scales, which every processor rounds alike.

/// Writes for each of `channels` rows of weights the sum of the products with the features, of
/// which there are `width`, too few to overflow: kMaxPredictedRow.
void sums_of_products(const std::int8_t* features, const std::int8_t* weights, std::size_t width,
                      std::size_t channels, std::int32_t* sums);

/// Rotates the first and second channels of pairs, which lie side by side in each array.
void rotate_halves(std::int32_t* first, std::int32_t* second, const Rotation* rotations,
                   std::size_t pairs);
/// Rotates pairs whose channels are neighbours.
void rotate_neighbours(std::int32_t* channels, const Rotation* rotations, std::size_t pairs);

/// Multiplies predictions by factors of 2^-12.
void apply_factors(std::int32_t* predictions, const std::int32_t* factors, std::size_t count);

/// The ranges of a row's exponents.
struct RowExponents {
  const std::int32_t* lowest;
  const std::int32_t* fraction;
};

/// A context and a symbol of it are a number of 12 bits; no element has this one.
inline constexpr std::uint16_t kNoSymbol = 0xffff;

/// Writes each element's context * kSymbols + symbol.
void to_symbols(const std::uint16_t* elements, const std::int32_t* predictions,
                const RowExponents& exponents, std::size_t count, std::uint16_t* symbols);

/// Writes each prediction's context * 2, and 1 more if it is negative.
void to_contexts(const std::int32_t* predictions, const RowExponents& exponents, std::size_t count,
                 std::uint16_t* contexts);

/// Writes elements from their contexts (of to_contexts), symbols and raw bits. Returns whether all
/// exponents are ones that an element can have; those of kFarExponent count as such, and are wrong.
bool from_symbols(const std::uint16_t* contexts, const std::uint8_t* symbols,
                  const std::uint8_t* raw_bits, const RowExponents& exponents, std::size_t count,
                  std::uint16_t* elements);

/// Writes values times their units, rounded to the nearest integer of at most kMaxPrediction in
/// size, ties to even; of NaN the lowest.
void to_units(const float* values, const float* units, std::size_t count, std::int32_t* out);

}  // namespace splitbench
