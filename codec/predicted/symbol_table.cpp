#include "codec/predicted/symbol_table.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

namespace splitbench {
namespace {

using Weights = std::array<double, kSymbols>;

/// Returns the counts of a context, to which its neighbours, of the same half of an octave, and all
/// others add a little.
Weights smoothed(const SymbolCounts& counts, const Weights& everywhere, unsigned context) {
  constexpr double kNeighbours = 0.02, kPrior = 8;
  Weights weights{};
  for (unsigned symbol = 0; symbol < kSymbols; ++symbol) {
    weights[symbol] =
        static_cast<double>(counts[context][symbol]) + kPrior * everywhere[symbol] + 1e-9;
    if (context >= 2)
      weights[symbol] += kNeighbours * static_cast<double>(counts[context - 2][symbol]);
    if (context + 2 < kContexts)
      weights[symbol] += kNeighbours * static_cast<double>(counts[context + 2][symbol]);
  }
  return weights;
}

/// Moves what is too rare for a share of its own to the symbols of far exponents.
Weights without_rare(const Weights& weights) {
  constexpr double kRare = 0.4 / kMass;
  const double all = std::reduce(weights.begin(), weights.end());
  Weights kept{};
  for (unsigned symbol = 0; symbol < kSymbols; ++symbol) {
    const bool rare = weights[symbol] < kRare * all;
    kept[rare ? far_symbol(symbol) : symbol] += weights[symbol];
  }
  for (unsigned symbol = 0; symbol < kSymbols; ++symbol) {
    if (distance_of(symbol) == kFarExponent)
      kept[symbol] = std::max(kept[symbol], 0.5 * all / kMass);
  }
  return kept;
}

/// Returns what the symbols of a weight cost if their share changes by `step`.
double cost_of_step(double weight, int share, int step) {
  return weight * (std::log2(share) - std::log2(share + step));
}

std::array<std::uint16_t, kSymbols> rounded(const Weights& weights) {
  const double all = std::reduce(weights.begin(), weights.end());
  std::array<std::uint16_t, kSymbols> shares{};
  int sum = 0;
  for (unsigned symbol = 0; symbol < kSymbols; ++symbol) {
    if (weights[symbol] == 0) continue;
    shares[symbol] = static_cast<std::uint16_t>(
        std::max(1l, std::lround(weights[symbol] / all * static_cast<double>(kMass))));
    sum += shares[symbol];
  }
  for (const int step = sum > static_cast<int>(kMass) ? -1 : 1; sum != kMass; sum += step) {
    unsigned cheapest = kSymbols;
    double cost = std::numeric_limits<double>::infinity();
    for (unsigned symbol = 0; symbol < kSymbols; ++symbol) {
      if (shares[symbol] == 0 || shares[symbol] + step == 0) continue;
      const double this_cost = cost_of_step(weights[symbol], shares[symbol], step);
      if (this_cost < cost) cost = this_cost, cheapest = symbol;
    }
    shares[cheapest] = static_cast<std::uint16_t>(shares[cheapest] + step);
  }
  return shares;
}

/// Returns the logarithm to base 2 of a number below 2^16, not 0, in 256ths, rounded down: by
/// squaring, so that every machine has the same.
constexpr std::uint32_t log2_256(std::uint32_t number) {
  const int width = std::bit_width(number);
  std::uint64_t mantissa = std::uint64_t{number} << (32 - width);  // from 2^31 on
  auto result = static_cast<std::uint32_t>(width - 1);
  for (int bit = 0; bit < 8; ++bit) {
    mantissa = mantissa * mantissa >> 31;
    const std::uint64_t carry = mantissa >> 32;
    mantissa >>= carry;
    result = 2 * result + static_cast<std::uint32_t>(carry);
  }
  return result;
}
static_assert(log2_256(1) == 0 && log2_256(1024) == 2560 && log2_256(3) == 405);

SymbolTable::Code code_of(std::uint32_t share, std::uint32_t before, std::uint32_t symbol) {
  const auto shift = static_cast<unsigned>(std::bit_width(share - 1));
  const std::uint64_t one = std::uint64_t{1} << (31 + shift);
  return {.reciprocal = static_cast<std::uint32_t>((one + share - 1) / share),
          .packed = share | before << 10 | shift << 20 | symbol << 24};
}

}  // namespace

SymbolShares shares_of(const SymbolCounts& counts) {
  Weights everywhere{};
  double all = 1;
  for (const auto& context : counts) {
    for (unsigned symbol = 0; symbol < kSymbols; ++symbol) {
      everywhere[symbol] += static_cast<double>(context[symbol]);
      all += static_cast<double>(context[symbol]);
    }
  }
  for (double& weight : everywhere) weight /= all;
  SymbolShares shares{};
  for (unsigned context = 0; context < kContexts; ++context)
    shares[context] = rounded(without_rare(smoothed(counts, everywhere, context)));
  return shares;
}

bool valid(const SymbolShares& shares) {
  return std::ranges::all_of(shares, [](const auto& context) {
    std::uint32_t sum = 0;
    for (unsigned symbol = 0; symbol < kSymbols; ++symbol) {
      if (distance_of(symbol) == kFarExponent && context[symbol] == 0) return false;
      sum += context[symbol];
    }
    return sum == kMass;
  });
}

SymbolTable::SymbolTable(const SymbolShares& shares)
    : codes_(kContexts * kSymbols), slots_(kContexts * kMass), costs_(kContexts * kSymbols) {
  for (unsigned context = 0; context < kContexts; ++context) {
    std::uint32_t before = 0;
    for (unsigned symbol = 0; symbol < kSymbols; ++symbol) {
      const std::uint32_t share = shares[context][symbol];
      if (share > 0) codes_[context * kSymbols + symbol] = code_of(share, before, symbol);
      for (std::uint32_t within = 0; within < share; ++within)
        slots_[context * kMass + before + within] = {share | within << 10 | symbol << 20};
      before += share;
    }
    for (unsigned symbol = 0; symbol < kSymbols; ++symbol) {
      Code& code = codes_[context * kSymbols + symbol];
      if (code.share() == 0) code = codes_[context * kSymbols + far_symbol(symbol)];
      const std::uint32_t beside = distance_of(code.symbol()) == kFarExponent ? 8 * 256 : 0;
      costs_[context * kSymbols + symbol] =
          static_cast<std::uint16_t>(kMassBits * 256 - log2_256(code.share()) + beside);
    }
  }
}

}  // namespace splitbench
