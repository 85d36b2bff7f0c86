#include "workers/plan/arm.hpp"

#include <gtest/gtest.h>
#include <set>

namespace splitbench {
namespace {

TEST(ArmTest, EveryArmIsFoundByANameOfItsOwn) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kArmNames.size() + kPeerNames.size(); ++i) {
    const auto arm = static_cast<Arm>(i);
    EXPECT_TRUE(names.insert(name_of(arm)).second) << name_of(arm);
    EXPECT_EQ(find_arm(name_of(arm)), arm);
    EXPECT_EQ(is_peer(arm), i >= kArmNames.size());
  }
  EXPECT_EQ(find_arm("zip"), std::nullopt);
}

TEST(ArmTest, PeersEncodeButMakeNoFrames) {
  const Arm peer = peer_arm(0);
  EXPECT_EQ(name_of(peer), kPeerNames[0].name);
  EXPECT_TRUE(encodes(peer));
  EXPECT_FALSE(frames(peer));
  EXPECT_FALSE(frames(Arm::raw) || encodes(Arm::raw) || encodes(Arm::bypass));
  EXPECT_TRUE(frames(Arm::bypass) && frames(Arm::automatic) && encodes(Arm::automatic));
}

}  // namespace
}  // namespace splitbench
