#include "configs/reader/axis_values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

using testing::ElementsAre;

const BaseUnit& unit(std::string_view name) {
  return *find_base_unit(name);
}

/// Returns the elements of a list with their units, ranges expanded.
std::vector<std::string> values(std::string_view list, std::string_view unit_name) {
  std::vector<AxisItem> items = split_axis_items(list);
  share_units(items, unit(unit_name));
  std::vector<std::string> all;
  for (const AxisItem& item : items) {
    if (!is_range(item.text)) all.push_back(item.text);
    if (!is_range(item.text)) continue;
    for (const std::string& value : values_of_range(item.text, unit(unit_name)))
      all.push_back(value);
  }
  return all;
}

std::string refusal(std::string_view range, std::string_view unit_name) {
  try {
    values(range, unit_name);
  } catch (const InputError& error) {
    return error.what();
  }
  return "was taken";
}

TEST(AxisValuesTest, SplitsAtCommasOutsideOfBrackets) {
  EXPECT_THAT(
      split_axis_items(" a ,[b, c],{d: e, f: [g, h]}"),
      ElementsAre(AxisItem{"a", 1}, AxisItem{"[b, c]", 4}, AxisItem{"{d: e, f: [g, h]}", 11}));
  EXPECT_THAT(split_axis_items("1,,2,"),
              ElementsAre(AxisItem{"1", 0}, AxisItem{"", 2}, AxisItem{"2", 3}, AxisItem{"", 5}));
}

TEST(AxisValuesTest, AUnitCountsForTheNumbersBeforeItThatHaveNone) {
  EXPECT_THAT(values("10, 25, 100 Gbit/s", "bit/s"),
              ElementsAre("10 Gbit/s", "25 Gbit/s", "100 Gbit/s"));
  EXPECT_THAT(values("100, 500 Mbit/s, 1, 2.5 Gbit/s, unlimited", "bit/s"),
              ElementsAre("100 Mbit/s", "500 Mbit/s", "1 Gbit/s", "2.5 Gbit/s", "unlimited"));
  EXPECT_THAT(values("5 Gbit/s, 10", "bit/s"), ElementsAre("5 Gbit/s", "10"));
}

TEST(AxisValuesTest, ACountIsCompleteWithoutAUnit) {
  EXPECT_THAT(values("512, 8k", "count"), ElementsAre("512", "8k"));
  EXPECT_THAT(values("512..2k:x2", "count"), ElementsAre("512", "1k", "2k"));
}

TEST(AxisValuesTest, ARangeMultipliesOrAddsUntilItsEnd) {
  EXPECT_THAT(values("8k..128k:x2", "count"), ElementsAre("8k", "16k", "32k", "64k", "128k"));
  EXPECT_THAT(values("1..8:+3", "count"), ElementsAre("1", "4", "7"));
  EXPECT_THAT(values("7..7:x2", "count"), ElementsAre("7"));
  EXPECT_THAT(values("0.1..0.5:+0.1", "ratio"), ElementsAre("0.1", "0.2", "0.3", "0.4", "0.5"));
  EXPECT_THAT(values("500 us..2 ms:x2", "s"), ElementsAre("500 us", "1 ms", "2 ms"));
  EXPECT_THAT(values("100..121 MB:x1.1", "bytes"), ElementsAre("100 MB", "110 MB", "121 MB"));
}

TEST(AxisValuesTest, AUnitCountsForAllOfARangeWhereverItStands) {
  const auto expected = ElementsAre("10 Gbit/s", "20 Gbit/s", "40 Gbit/s");
  EXPECT_THAT(values("10..40:x2 Gbit/s", "bit/s"), expected);
  EXPECT_THAT(values("10..40 Gbit/s:x2", "bit/s"), expected);
  EXPECT_THAT(values("10 Gbit/s..40 Gbit/s:x2", "bit/s"), expected);
  EXPECT_THAT(values("10, 20..40:+20 Gbit/s", "bit/s"), expected);
  EXPECT_THAT(values("10..20:+10, 40 Gbit/s", "bit/s"), expected);
}

TEST(AxisValuesTest, EveryStepOfARangeThatAddsIsExact) {
  const std::vector<std::string> all = values("1..9999:+1", "count");
  for (std::size_t i = 0; i < all.size(); ++i)
    EXPECT_EQ(unit("count").parse(all[i]), static_cast<double>(i + 1));
  EXPECT_EQ(all.size(), 9999u);
}

TEST(AxisValuesTest, RefusesARangeThatLeadsNowhere) {
  EXPECT_EQ(refusal("8k..2k:x2", "count"), "'8k' is more than '2k'; expected a range that ascends");
  EXPECT_EQ(refusal("1..8:x1", "count"), "factor '1' of a range; expected more than 1");
  EXPECT_EQ(refusal("1..8:x0.5", "count"), "factor '0.5' of a range; expected more than 1");
  EXPECT_EQ(refusal("1..8:+0", "count"), "step '0' of a range; expected more than 0");
  EXPECT_EQ(refusal("0..8:x2", "count"), "'0' stays what it is however often it is multiplied");
  EXPECT_EQ(refusal("1..8", "count"),
            "'1..8' has no step; expected a range such as 8k..128k:x2 or 1..8:+1");
  EXPECT_EQ(refusal("1..8:2", "count"),
            "'1..8:2' has no step; expected a range such as 8k..128k:x2 or 1..8:+1");
  EXPECT_EQ(refusal("1..20000:+1", "count"), "'1..20000:+1' has more than 10000 values");
  EXPECT_EQ(refusal("1..18446744073709551615:x2", "count"),
            "'18446744073709551615' is too large for a range");
  EXPECT_EQ(refusal("..8:x2", "count"), "'' is no number; expected a count such as 512 or 8k");
}

}  // namespace
}  // namespace splitbench
