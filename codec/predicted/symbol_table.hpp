#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/predicted/residual.hpp"

namespace splitbench {

/// The shares of 1024 that symbols have in each context, by how often they are to be expected. A
/// symbol without a share is coded as its far_symbol, and these four have a share in every context.
using SymbolShares = std::array<std::array<std::uint16_t, kSymbols>, kContexts>;

/// The numbers of times that symbols were seen.
using SymbolCounts = std::array<std::array<std::uint64_t, kSymbols>, kContexts>;

/// Returns shares that suit what was seen; a context that was seen seldom learns from the others.
SymbolShares shares_of(const SymbolCounts& counts);

/// Returns whether shares are such that everything can be coded.
bool valid(const SymbolShares& shares);

/// The tables by which streams are written and read, made from valid shares. Not changed once made,
/// so threads may share one.
class SymbolTable {
 public:
  /// The numbers that code a symbol in a context.
  struct Code {
    std::uint32_t reciprocal;  ///< a state times this, shifted, is the state over the share
    std::uint32_t packed;

    std::uint32_t share() const { return packed & 0x3ff; }
    /// Returns the shares of the symbols before this one.
    std::uint32_t before() const { return packed >> 10 & 0x3ff; }
    unsigned shift() const { return 31 + (packed >> 20 & 0xf); }
    /// Returns the one that is coded: the symbol itself, or its far_symbol.
    std::uint32_t symbol() const { return packed >> 24; }
  };

  /// One of the 1024 shares of a context.
  struct Slot {
    std::uint32_t packed;

    std::uint32_t share() const { return packed & 0x3ff; }  ///< of the slot's symbol
    /// Returns the slot's number among those of its symbol.
    std::uint32_t within() const { return packed >> 10 & 0x3ff; }
    std::uint32_t symbol() const { return packed >> 20; }
  };

  explicit SymbolTable(const SymbolShares& shares);

  const Code& code(std::uint32_t context, std::uint32_t symbol) const {
    return codes_[context * kSymbols + symbol];
  }
  /// Returns the codes of all contexts, one after the other.
  std::span<const Code> codes() const { return codes_; }
  Slot slot(std::uint32_t context, std::uint32_t slot) const {
    return slots_[context * kMass + slot];
  }
  /// Returns the slots of all contexts, one after the other.
  std::span<const Slot> slots() const { return slots_; }
  /// Returns the 256ths of a bit that a symbol takes, with its exponent where that stands beside.
  std::uint32_t cost(std::uint32_t context, std::uint32_t symbol) const {
    return costs_[context * kSymbols + symbol];
  }

 private:
  std::vector<Code> codes_;
  std::vector<Slot> slots_;
  std::vector<std::uint16_t> costs_;
};

}  // namespace splitbench
