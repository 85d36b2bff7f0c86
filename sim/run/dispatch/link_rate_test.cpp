#include "sim/run/dispatch/link_rate.hpp"

#include <cmath>
#include <gtest/gtest.h>

namespace splitbench {
namespace {

TEST(LinkRateTest, ANicIsAsFastAsItIsOrAsAllThatItTalksTo) {
  EXPECT_EQ(link_rate_configured({.bandwidth = 100}, {2, 3}), 100);
  EXPECT_EQ(link_rate_configured({.bandwidth = 100, .efficiency = 0.5}, {2, 3}), 50);
  EXPECT_EQ(link_rate_configured({.bandwidth = 100, .egress = {10, 20}}, {2, 3}), 30);
  EXPECT_EQ(link_rate_configured({.bandwidth = 100, .egress = {40}, .ingress = {70}}, {1, 3}), 40);
  EXPECT_EQ(link_rate_configured({.bandwidth = 100, .spine = 60}, {2, 3}), 60);
}

TEST(LinkRateTest, AllNicsTogetherCarryWhatTheirNarrowerSideDoes) {
  EXPECT_EQ(link_capacity({.bandwidth = 100}, {2, 3}), 200);
  EXPECT_EQ(link_capacity({.bandwidth = 100, .ingress = {30}, .efficiency = 0.5}, {2, 3}), 45);
  EXPECT_EQ(link_capacity({.bandwidth = 100, .spine = 60}, {2, 3}), 60);
  EXPECT_FALSE(link_capacity({.bandwidth = 100, .schedule = {{Time(1), 200}}}, {1, 1}));
}

TEST(LinkRateTest, NothingIsSaidOfARateThatChangesOrATimeThatIsUnknown) {
  const LinkSpec changing{.bandwidth = 100, .schedule = {{std::chrono::seconds(1), 200}}};
  EXPECT_FALSE(link_rate_configured(changing, {1, 1}));
  EXPECT_TRUE(std::isnan(link_rate_achieved({}, {.bandwidth = 100, .jitter = Time(1)})));
}

}  // namespace
}  // namespace splitbench
