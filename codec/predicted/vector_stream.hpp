#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "codec/predicted/symbol_table.hpp"

namespace splitbench {

inline constexpr std::uint32_t kPatchElements = kPatchSteps * kPredictedLanes;

/// A value for each element of a patch: those of a step one after the other, lane by lane.
template <typename T>
using PatchSteps = std::array<T, kPatchElements>;

using LaneStates = std::array<std::uint32_t, kPredictedLanes>;

/// The bits of a state that leave it at once, and its bounds.
inline constexpr unsigned kWordBits = 16;
inline constexpr std::uint32_t kLowestState = 1u << 15;

/// Codes a symbol. A word leaves a state that is full: then it is written, and true returned.
inline bool put(const SymbolTable::Code& code, std::uint32_t& state, std::uint16_t& word) {
  const bool full = state >= code.share() << (31 - kMassBits);
  word = full ? static_cast<std::uint16_t>(state) : word;
  const std::uint32_t rest = full ? state >> kWordBits : state;
  const auto quotient =
      static_cast<std::uint32_t>(std::uint64_t{rest} * code.reciprocal >> code.shift());
  state = rest + code.before() + quotient * (kMass - code.share());
  return full;
}

/// Decodes a symbol, and goes back a word if the state is empty then.
inline std::uint32_t take(const SymbolTable& table, std::uint32_t context, std::uint32_t& state,
                          const std::uint16_t*& words_end) {
  const SymbolTable::Slot slot = table.slot(context, state & (kMass - 1));
  state = slot.share() * (state >> kMassBits) + slot.within();
  if (state < kLowestState) state = state << kWordBits | *--words_end;
  return slot.symbol();
}

/// The elements of a patch whose exponents stand beside the words, in the order of coding.
struct FarList {
  PatchSteps<std::uint16_t> elements;  ///< their places among the patch's
  std::size_t count = 0;
};

/// Words that may be written or read, though they do not count, behind those that do.
inline constexpr std::size_t kSpareWords = 16;

/// Codes a patch of which no element is missing, from the first on, and returns the number of
/// words. There is room for kPatchElements and kSpareWords more.
std::size_t put_patch(const SymbolTable& table, const PatchSteps<std::uint16_t>& symbols,
                      LaneStates& states, std::uint16_t* words, FarList& far);

/// Decodes such a patch from its last element on, given contexts times 2, and returns how many
/// words there are fewer. Up to kPatchElements before `words_end` and kSpareWords from it on are
/// read.
std::size_t take_patch(const SymbolTable& table, const PatchSteps<std::uint16_t>& contexts,
                       LaneStates& states, const std::uint16_t* words_end,
                       PatchSteps<std::uint8_t>& symbols, FarList& far);

}  // namespace splitbench
