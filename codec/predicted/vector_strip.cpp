#include "codec/predicted/vector_strip.hpp"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/predicted/vector_strip.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace splitbench::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Words = hn::ScalableTag<std::int32_t>;
using WordsVector = hn::Vec<Words>;
using Halves = hn::Rebind<std::uint16_t, Words>;
using Quarters = hn::Rebind<std::uint8_t, Words>;

/// Calls work(offset) for whole vectors of `count` channels, and then rest(offset) for each
/// channel that is left.
template <typename Work, typename Rest>
HWY_INLINE void for_each_vector(std::size_t count, const Work& work, const Rest& rest) {
  const std::size_t lanes = hn::Lanes(Words{});
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes) work(i);
  for (; i < count; ++i) rest(i);
}

/// Replaces the two vectors by their rotated ones.
HWY_INLINE void rotate_vectors(WordsVector& a, WordsVector& b, const Rotation* rotations) {
  const Words d;
  const auto both = hn::LoadU(d, reinterpret_cast<const std::int32_t*>(rotations));
  const auto cosine = hn::ShiftRight<16>(hn::ShiftLeft<16>(both));
  const auto sine = hn::ShiftRight<16>(both);
  const auto first = hn::Sub(hn::Mul(a, cosine), hn::Mul(b, sine));
  const auto second = hn::Add(hn::Mul(b, cosine), hn::Mul(a, sine));
  a = hn::ShiftRight<kRotationBits>(first);
  b = hn::ShiftRight<kRotationBits>(second);
}

void rotate_pair(std::int32_t& a, std::int32_t& b, Rotation rotation) {
  const std::int32_t first = a * rotation.cosine - b * rotation.sine;
  const std::int32_t second = b * rotation.cosine + a * rotation.sine;
  a = first >> kRotationBits;
  b = second >> kRotationBits;
}

void rotate_apart(std::int32_t* first, std::int32_t* second, const Rotation* rotations,
                  std::size_t pairs) {
  const Words d;
  for_each_vector(
      pairs,
      [&](std::size_t i) {
        auto a = hn::LoadU(d, first + i), b = hn::LoadU(d, second + i);
        rotate_vectors(a, b, rotations + i);
        hn::StoreU(a, d, first + i);
        hn::StoreU(b, d, second + i);
      },
      [&](std::size_t i) { rotate_pair(first[i], second[i], rotations[i]); });
}

void rotate_together(std::int32_t* channels, const Rotation* rotations, std::size_t pairs) {
  const Words d;
  for_each_vector(
      pairs,
      [&](std::size_t i) {
        WordsVector a, b;
        hn::LoadInterleaved2(d, channels + 2 * i, a, b);
        rotate_vectors(a, b, rotations + i);
        hn::StoreInterleaved2(a, b, d, channels + 2 * i);
      },
      [&](std::size_t i) { rotate_pair(channels[2 * i], channels[2 * i + 1], rotations[i]); });
}

void multiply(std::int32_t* predictions, const std::int32_t* factors, std::size_t count) {
  const Words d;
  for_each_vector(
      count,
      [&](std::size_t i) {
        const auto product = hn::Mul(hn::LoadU(d, predictions + i), hn::LoadU(d, factors + i));
        hn::StoreU(hn::ShiftRight<12>(product), d, predictions + i);
      },
      [&](std::size_t i) { predictions[i] = predictions[i] * factors[i] >> 12; });
}

#if HWY_TARGET == HWY_SCALAR

void products(const std::int8_t* features, const std::int8_t* weights, std::size_t width,
              std::size_t channels, std::int32_t* sums) {
  for (std::size_t channel = 0; channel < channels; ++channel) {
    sums[channel] = 0;
    for (std::size_t i = 0; i < width; ++i)
      sums[channel] += features[i] * weights[channel * width + i];
  }
}

#else

void products(const std::int8_t* features, const std::int8_t* weights, std::size_t width,
              std::size_t channels, std::int32_t* sums) {
  const Words d;
  const hn::Repartition<std::int16_t, Words> d16;
  const hn::Rebind<std::int8_t, decltype(d16)> d8;
  const std::size_t lanes = hn::Lanes(d16);
  for (std::size_t channel = 0; channel < channels; ++channel) {
    const std::int8_t* const row = weights + channel * width;
    auto first = hn::Zero(d), second = hn::Zero(d);
    std::size_t i = 0;
    for (; i + lanes <= width; i += lanes) {
      const auto a = hn::PromoteTo(d16, hn::LoadU(d8, features + i));
      const auto b = hn::PromoteTo(d16, hn::LoadU(d8, row + i));
      first = hn::ReorderWidenMulAccumulate(d, a, b, first, second);
    }
    std::int32_t sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(first, second)));
    for (; i < width; ++i) sum += features[i] * row[i];
    sums[channel] = sum;
  }
}

#endif

/// Returns contexts: a float's bits have the half octave behind those of the exponent.
HWY_INLINE WordsVector contexts_of(WordsVector predictions, WordsVector fractions) {
  const Words d;
  const hn::RebindToFloat<Words> floats;
  const auto bits = hn::BitCast(d, hn::ConvertTo(floats, hn::Abs(predictions)));
  const auto half_octaves = hn::Sub(hn::ShiftRight<22>(bits), hn::Set(d, 264));
  const auto size = hn::Min(hn::Max(half_octaves, hn::Zero(d)), hn::Set(d, 15));
  return hn::Add(hn::Add(size, size), fractions);
}

HWY_INLINE WordsVector ones_if_negative(WordsVector predictions) {
  return hn::BitCast(Words{},
                     hn::ShiftRight<31>(hn::BitCast(hn::RebindToUnsigned<Words>{}, predictions)));
}

void symbols_of(const std::uint16_t* elements, const std::int32_t* predictions,
                const RowExponents& exponents, std::size_t count, std::uint16_t* symbols) {
  const Words d;
  const hn::RebindToUnsigned<Words> u;
  for_each_vector(
      count,
      [&](std::size_t i) {
        const auto element = hn::PromoteTo(d, hn::LoadU(Halves{}, elements + i));
        const auto prediction = hn::LoadU(d, predictions + i);
        const auto exponent = hn::And(hn::ShiftRight<7>(element), hn::Set(d, 0xff));
        const auto distance = hn::BitCast(
            d, hn::Min(hn::BitCast(u, hn::Sub(exponent, hn::LoadU(d, exponents.lowest + i))),
                       hn::Set(u, kFarExponent)));
        const auto sign = hn::Xor(hn::ShiftRight<15>(element), ones_if_negative(prediction));
        const auto bit = hn::And(hn::ShiftRight<6>(element), hn::Set(d, 1));
        const auto context = contexts_of(prediction, hn::LoadU(d, exponents.fraction + i));
        const auto symbol = hn::Or(hn::Or(hn::ShiftLeft<7>(context), hn::ShiftLeft<6>(sign)),
                                   hn::Or(hn::Add(distance, distance), bit));
        hn::StoreU(hn::DemoteTo(Halves{}, symbol), Halves{}, symbols + i);
      },
      [&](std::size_t i) {
        const std::uint32_t context =
            size_class(predictions[i]) * 2 + static_cast<std::uint32_t>(exponents.fraction[i]);
        symbols[i] = static_cast<std::uint16_t>(
            context * kSymbols + symbol_of(elements[i], predictions[i] < 0, exponents.lowest[i]));
      });
}

void signed_contexts_of(const std::int32_t* predictions, const RowExponents& exponents,
                        std::size_t count, std::uint16_t* contexts) {
  const Words d;
  for_each_vector(
      count,
      [&](std::size_t i) {
        const auto prediction = hn::LoadU(d, predictions + i);
        const auto context = contexts_of(prediction, hn::LoadU(d, exponents.fraction + i));
        const auto both = hn::Add(hn::Add(context, context), ones_if_negative(prediction));
        hn::StoreU(hn::DemoteTo(Halves{}, both), Halves{}, contexts + i);
      },
      [&](std::size_t i) {
        const std::uint32_t context =
            size_class(predictions[i]) * 2 + static_cast<std::uint32_t>(exponents.fraction[i]);
        contexts[i] = static_cast<std::uint16_t>(context * 2 + (predictions[i] < 0 ? 1 : 0));
      });
}

bool elements_of(const std::uint16_t* contexts, const std::uint8_t* symbols,
                 const std::uint8_t* raw_bits, const RowExponents& exponents, std::size_t count,
                 std::uint16_t* elements) {
  const Words d;
  auto outside = hn::Zero(d);
  std::uint32_t outside_rest = 0;
  const auto far = hn::Set(d, static_cast<std::int32_t>(kFarExponent));
  for_each_vector(
      count,
      [&](std::size_t i) {
        const auto symbol = hn::PromoteTo(d, hn::LoadU(Quarters{}, symbols + i));
        const auto raw = hn::PromoteTo(d, hn::LoadU(Quarters{}, raw_bits + i));
        const auto negative =
            hn::And(hn::PromoteTo(d, hn::LoadU(Halves{}, contexts + i)), hn::Set(d, 1));
        const auto distance = hn::And(hn::ShiftRight<1>(symbol), far);
        const auto exponent = hn::IfThenZeroElse(
            hn::Eq(distance, far), hn::Add(distance, hn::LoadU(d, exponents.lowest + i)));
        outside = hn::Or(outside, hn::AndNot(hn::Set(d, 0xff), exponent));
        const auto sign = hn::Xor(hn::ShiftRight<6>(symbol), negative);
        const auto bit = hn::And(symbol, hn::Set(d, 1));
        const auto element = hn::Or(
            hn::Or(hn::ShiftLeft<15>(sign), hn::ShiftLeft<7>(hn::And(exponent, hn::Set(d, 0xff)))),
            hn::Or(hn::ShiftLeft<6>(bit), raw));
        hn::StoreU(hn::DemoteTo(Halves{}, element), Halves{}, elements + i);
      },
      [&](std::size_t i) {
        const std::uint32_t distance = distance_of(symbols[i]);
        const std::uint32_t exponent =
            distance == kFarExponent ? 0
                                     : distance + static_cast<std::uint32_t>(exponents.lowest[i]);
        outside_rest |= exponent & ~0xffu;
        elements[i] = static_cast<std::uint16_t>(
            element_of(symbols[i], (contexts[i] & 1) != 0, exponent & 0xff, raw_bits[i]));
      });
  return outside_rest == 0 && hn::AllTrue(d, hn::Eq(outside, hn::Zero(d)));
}

void units_of(const float* values, const float* units, std::size_t count, std::int32_t* out) {
  constexpr auto kMost = static_cast<float>(kMaxPrediction);
  const hn::RebindToFloat<Words> floats;
  for_each_vector(
      count,
      [&](std::size_t i) {
        const auto scaled = hn::Mul(hn::LoadU(floats, values + i), hn::LoadU(floats, units + i));
        const auto least = hn::Set(floats, -kMost), most = hn::Set(floats, kMost);
        const auto above = hn::IfThenElse(hn::Gt(scaled, least), scaled, least);
        const auto within = hn::IfThenElse(hn::Lt(above, most), above, most);
        hn::StoreU(hn::NearestInt(within), Words{}, out + i);
      },
      [&](std::size_t i) {
        const float scaled = values[i] * units[i];
        const float above = scaled > -kMost ? scaled : -kMost;
        out[i] = static_cast<std::int32_t>(std::nearbyint(above < kMost ? above : kMost));
      });
}

}  // namespace
}  // namespace splitbench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace splitbench {
namespace {

HWY_EXPORT(products);
HWY_EXPORT(rotate_apart);
HWY_EXPORT(rotate_together);
HWY_EXPORT(multiply);
HWY_EXPORT(symbols_of);
HWY_EXPORT(signed_contexts_of);
HWY_EXPORT(elements_of);
HWY_EXPORT(units_of);

}  // namespace

void sums_of_products(const std::int8_t* features, const std::int8_t* weights, std::size_t width,
                      std::size_t channels, std::int32_t* sums) {
  HWY_DYNAMIC_DISPATCH(products)(features, weights, width, channels, sums);
}
void rotate_halves(std::int32_t* first, std::int32_t* second, const Rotation* rotations,
                   std::size_t pairs) {
  HWY_DYNAMIC_DISPATCH(rotate_apart)(first, second, rotations, pairs);
}
void rotate_neighbours(std::int32_t* channels, const Rotation* rotations, std::size_t pairs) {
  HWY_DYNAMIC_DISPATCH(rotate_together)(channels, rotations, pairs);
}
void apply_factors(std::int32_t* predictions, const std::int32_t* factors, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(multiply)(predictions, factors, count);
}
void to_symbols(const std::uint16_t* elements, const std::int32_t* predictions,
                const RowExponents& exponents, std::size_t count, std::uint16_t* symbols) {
  HWY_DYNAMIC_DISPATCH(symbols_of)(elements, predictions, exponents, count, symbols);
}
void to_contexts(const std::int32_t* predictions, const RowExponents& exponents, std::size_t count,
                 std::uint16_t* contexts) {
  HWY_DYNAMIC_DISPATCH(signed_contexts_of)(predictions, exponents, count, contexts);
}
bool from_symbols(const std::uint16_t* contexts, const std::uint8_t* symbols,
                  const std::uint8_t* raw_bits, const RowExponents& exponents, std::size_t count,
                  std::uint16_t* elements) {
  return HWY_DYNAMIC_DISPATCH(elements_of)(contexts, symbols, raw_bits, exponents, count, elements);
}
void to_units(const float* values, const float* units, std::size_t count, std::int32_t* out) {
  HWY_DYNAMIC_DISPATCH(units_of)(values, units, count, out);
}

}  // namespace splitbench
#endif
