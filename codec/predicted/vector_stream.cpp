#include "codec/predicted/vector_stream.hpp"

#include <bit>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/predicted/vector_stream.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace splitbench::HWY_NAMESPACE {
namespace {

#if HWY_TARGET == HWY_SCALAR

std::size_t put_steps(const SymbolTable& table, const PatchSteps<std::uint16_t>& symbols,
                      LaneStates& states, std::uint16_t* words, FarList& far) {
  std::uint16_t* const begin = words;
  for (std::uint32_t i = 0; i < kPatchElements; ++i) {
    const SymbolTable::Code& code = table.codes()[symbols[i]];
    if (put(code, states[i % kPredictedLanes], *words)) ++words;
    if (distance_of(code.symbol()) == kFarExponent)
      far.elements[far.count++] = static_cast<std::uint16_t>(i);
  }
  return static_cast<std::size_t>(words - begin);
}

std::size_t take_steps(const SymbolTable& table, const PatchSteps<std::uint16_t>& contexts,
                       LaneStates& states, const std::uint16_t* words_end,
                       PatchSteps<std::uint8_t>& symbols, FarList& far) {
  const std::uint16_t* words = words_end;
  for (std::uint32_t i = kPatchElements; i-- > 0;) {
    const std::uint32_t symbol = take(table, contexts[i] / 2, states[i % kPredictedLanes], words);
    symbols[i] = static_cast<std::uint8_t>(symbol);
    if (distance_of(symbol) == kFarExponent)
      far.elements[far.count++] = static_cast<std::uint16_t>(i);
  }
  return static_cast<std::size_t>(words_end - words);
}

#else

namespace hn = hwy::HWY_NAMESPACE;
using Lanes = hn::CappedTag<std::uint32_t, 8>;
using SignedLanes = hn::RebindToSigned<Lanes>;
using LaneWords = hn::Rebind<std::uint16_t, Lanes>;
using LaneBytes = hn::Rebind<std::uint8_t, Lanes>;
using LanesVector = hn::Vec<Lanes>;

/// For each set of 8 lanes, how many of the set are before each lane.
constexpr auto kRanks = [] {
  std::array<std::array<std::uint8_t, 8>, 256> ranks{};
  for (unsigned set = 0; set < 256; ++set)
    for (unsigned lane = 0; lane < 8; ++lane)
      ranks[set][lane] = static_cast<std::uint8_t>(std::popcount(set & ((1u << lane) - 1)));
  return ranks;
}();

HWY_INLINE unsigned bits_of(hn::Mask<Lanes> mask) {
  std::uint8_t bits[8] = {};
  hn::StoreMaskBits(Lanes{}, mask, bits);
  return bits[0];
}

/// Returns state * reciprocal >> shift: of the lanes with even numbers, then of the others.
HWY_INLINE LanesVector quotients(LanesVector state, LanesVector reciprocal, LanesVector shift) {
  const Lanes d;
  const hn::RepartitionToWide<Lanes> wide;
  const auto odd = [&](LanesVector v) {
    return hn::BitCast(d, hn::ShiftRight<32>(hn::BitCast(wide, v)));
  };
  const auto low = hn::Set(wide, 0xffffffffu);
  const auto even_quotient =
      hn::Shr(hn::MulEven(state, reciprocal), hn::And(hn::BitCast(wide, shift), low));
  const auto odd_quotient = hn::Shr(hn::MulEven(odd(state), odd(reciprocal)),
                                    hn::ShiftRight<32>(hn::BitCast(wide, shift)));
  return hn::BitCast(d, hn::Or(even_quotient, hn::ShiftLeft<32>(odd_quotient)));
}

HWY_INLINE hn::Mask<Lanes> are_far(LanesVector symbols) {
  const auto far = hn::Set(Lanes{}, kFarExponent << 1);
  return hn::Eq(hn::And(symbols, far), far);
}

std::size_t put_steps(const SymbolTable& table, const PatchSteps<std::uint16_t>& symbols,
                      LaneStates& states, std::uint16_t* words, FarList& far) {
  static_assert(sizeof(SymbolTable::Code) == 8);
  const Lanes d;
  const auto* const codes = reinterpret_cast<const std::uint32_t*>(table.codes().data());
  const std::uint16_t* const begin = words;
  const auto ten_bits = hn::Set(d, 0x3ff);
  for (std::uint32_t i = 0; i < kPatchElements; i += hn::Lanes(d)) {
    std::uint32_t* const lanes = states.data() + i % kPredictedLanes;
    const auto index =
        hn::BitCast(SignedLanes{},
                    hn::ShiftLeft<1>(hn::PromoteTo(d, hn::LoadU(LaneWords{}, symbols.data() + i))));
    const auto reciprocal = hn::GatherIndex(d, codes, index);
    const auto packed = hn::GatherIndex(d, codes + 1, index);
    const auto share = hn::And(packed, ten_bits);
    auto state = hn::LoadU(d, lanes);
    const SignedLanes i32;  // states and their bounds are below 2^31
    const auto below = hn::Sub(hn::ShiftLeft<31 - kMassBits>(share), hn::Set(d, 1));
    const auto full = hn::RebindMask(d, hn::Gt(hn::BitCast(i32, state), hn::BitCast(i32, below)));
    const auto low = hn::And(state, hn::Set(d, 0xffff));
    const auto leaving = hn::DemoteTo(LaneWords{}, hn::BitCast(i32, hn::Compress(low, full)));
    hn::StoreU(leaving, LaneWords{}, words);
    words += hn::CountTrue(d, full);
    state = hn::IfThenElse(full, hn::ShiftRight<kWordBits>(state), state);
    const auto shift =
        hn::Add(hn::And(hn::ShiftRight<20>(packed), hn::Set(d, 0xf)), hn::Set(d, 31));
    const auto before = hn::And(hn::ShiftRight<10>(packed), ten_bits);
    const auto step =
        hn::Mul(quotients(state, reciprocal, shift), hn::Sub(hn::Set(d, kMass), share));
    hn::StoreU(hn::Add(hn::Add(state, before), step), d, lanes);
    unsigned these = bits_of(are_far(hn::ShiftRight<24>(packed)));
    for (; these != 0; these &= these - 1)
      far.elements[far.count++] =
          static_cast<std::uint16_t>(i + static_cast<unsigned>(std::countr_zero(these)));
  }
  return static_cast<std::size_t>(words - begin);
}

std::size_t take_steps(const SymbolTable& table, const PatchSteps<std::uint16_t>& contexts,
                       LaneStates& states, const std::uint16_t* words_end,
                       PatchSteps<std::uint8_t>& symbols, FarList& far) {
  const Lanes d;
  const SignedLanes i32;
  const auto* const slots = reinterpret_cast<const std::uint32_t*>(table.slots().data());
  const auto ten_bits = hn::Set(d, 0x3ff);
  const std::uint16_t* words = words_end;
  for (std::uint32_t end = kPatchElements; end > 0;) {
    end -= hn::Lanes(d);
    std::uint32_t* const lanes = states.data() + end % kPredictedLanes;
    auto state = hn::LoadU(d, lanes);
    const auto context =
        hn::ShiftRight<1>(hn::PromoteTo(d, hn::LoadU(LaneWords{}, contexts.data() + end)));
    const auto index = hn::Or(hn::ShiftLeft<kMassBits>(context), hn::And(state, ten_bits));
    const auto slot = hn::GatherIndex(d, slots, hn::BitCast(i32, index));
    const auto within = hn::And(hn::ShiftRight<10>(slot), ten_bits);
    state = hn::Add(hn::Mul(hn::And(slot, ten_bits), hn::ShiftRight<kMassBits>(state)), within);
    const auto empty = hn::Lt(state, hn::Set(d, kLowestState));
    const unsigned set = bits_of(empty);
    words -= std::popcount(set);
    // The word of each lane that is empty lies behind those of such lanes before it.
    const auto ranks = hn::PromoteTo(i32, hn::LoadU(LaneBytes{}, kRanks[set].data()));
    const auto found =
        hn::GatherOffset(d, reinterpret_cast<const std::uint32_t*>(words), hn::ShiftLeft<1>(ranks));
    const auto filled = hn::Or(hn::ShiftLeft<kWordBits>(state), hn::And(found, hn::Set(d, 0xffff)));
    hn::StoreU(hn::IfThenElse(empty, filled, state), d, lanes);
    const auto symbol = hn::ShiftRight<20>(slot);
    hn::StoreU(hn::DemoteTo(LaneBytes{}, hn::BitCast(i32, symbol)), LaneBytes{},
               symbols.data() + end);
    for (unsigned these = bits_of(are_far(symbol)); these != 0;) {
      const auto highest = static_cast<unsigned>(std::bit_width(these)) - 1;
      far.elements[far.count++] = static_cast<std::uint16_t>(end + highest);
      these ^= 1u << highest;
    }
  }
  return static_cast<std::size_t>(words_end - words);
}

#endif

}  // namespace
}  // namespace splitbench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace splitbench {
namespace {

HWY_EXPORT(put_steps);
HWY_EXPORT(take_steps);

}  // namespace

std::size_t put_patch(const SymbolTable& table, const PatchSteps<std::uint16_t>& symbols,
                      LaneStates& states, std::uint16_t* words, FarList& far) {
  return HWY_DYNAMIC_DISPATCH(put_steps)(table, symbols, states, words, far);
}

std::size_t take_patch(const SymbolTable& table, const PatchSteps<std::uint16_t>& contexts,
                       LaneStates& states, const std::uint16_t* words_end,
                       PatchSteps<std::uint8_t>& symbols, FarList& far) {
  return HWY_DYNAMIC_DISPATCH(take_steps)(table, contexts, states, words_end, symbols, far);
}

}  // namespace splitbench
#endif
