#include "codec/predicted/symbol_table.hpp"

#include <gtest/gtest.h>
#include <random>

#include "codec/testing/predicted_tensors.hpp"

namespace splitbench {
namespace {

TEST(SymbolTableTest, SharesAddUpWhateverWasSeen) {
  std::mt19937_64 random(1);
  EXPECT_TRUE(valid(shares_of({})));
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(valid(random_shares(random)));
  SymbolCounts one{};
  one[3][5] = 1'000'000'000'000;
  EXPECT_TRUE(valid(shares_of(one)));
}

TEST(SymbolTableTest, SharesWithoutFarSymbolsAreNotValid) {
  SymbolShares shares = shares_of({});
  EXPECT_TRUE(valid(shares));
  shares[7][0] = static_cast<std::uint16_t>(shares[7][0] + 1);
  EXPECT_FALSE(valid(shares));
  shares = shares_of({});
  shares[0][0] = static_cast<std::uint16_t>(shares[0][0] + shares[0][far_symbol(0)]);
  shares[0][far_symbol(0)] = 0;
  EXPECT_FALSE(valid(shares));
}

TEST(SymbolTableTest, ASlotGivesBackWhatACodeHasMadeOfAnyState) {
  std::mt19937_64 random(2);
  const SymbolTable table(random_shares(random));
  for (unsigned context = 0; context < kContexts; ++context) {
    for (unsigned symbol = 0; symbol < kSymbols; ++symbol) {
      const SymbolTable::Code& code = table.code(context, symbol);
      const std::uint32_t most = std::uint32_t{code.share()} << 21;
      for (const std::uint32_t state :
           {1u << 15, most - 1, static_cast<std::uint32_t>(random() % most)}) {
        if (state >= most) continue;
        const auto quotient =
            static_cast<std::uint32_t>(std::uint64_t{state} * code.reciprocal >> code.shift());
        ASSERT_EQ(quotient, state / code.share());
        const std::uint32_t next = state + code.before() + quotient * (kMass - code.share());
        ASSERT_LT(next, 1u << 31);
        const SymbolTable::Slot slot = table.slot(context, next % kMass);
        ASSERT_EQ(slot.symbol(), code.symbol());
        ASSERT_EQ(slot.share() * (next / kMass) + slot.within(), state);
      }
    }
  }
}

TEST(SymbolTableTest, CostsAreWhatSharesSay) {
  SymbolCounts counts{};
  for (auto& context : counts) context[64] = 1'000'000;
  const SymbolTable table(shares_of(counts));
  EXPECT_LT(table.cost(0, 64), 4u);        // of 256ths of a bit
  EXPECT_EQ(table.cost(0, 1), 18 * 256u);  // a share of 1, and an exponent
}

}  // namespace
}  // namespace splitbench
