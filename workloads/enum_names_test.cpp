#include "workloads/enum_names.hpp"

#include <gtest/gtest.h>

namespace splitbench {
namespace {

enum class Tide { low = 3, high = -1 };
constexpr EnumNames<Tide, 2> kTideNames = {{{{Tide::low, "low"}, {Tide::high, "high"}}}};

TEST(EnumNamesTest, AreFoundBothWaysWhateverTheValues) {
  for (const auto& [value, name] : kTideNames.all) {
    EXPECT_EQ(kTideNames[value], name);
    EXPECT_EQ(kTideNames.named(name), value);
  }
  static_assert(kTideNames[Tide::high] == "high");
}

TEST(EnumNamesTest, AWordThatStandsForNothingHasNoValue) {
  EXPECT_EQ(kTideNames.named("hi"), std::nullopt);
  EXPECT_EQ(kTideNames.named(""), std::nullopt);
}

TEST(EnumNamesTest, AreToldInTheOrderOfTheTable) {
  EXPECT_EQ(kTideNames.names(), (std::array<std::string_view, 2>{"low", "high"}));
}

}  // namespace
}  // namespace splitbench
