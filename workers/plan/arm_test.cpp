#include "workers/plan/arm.hpp"

#include <gtest/gtest.h>
#include <set>
#include <vector>

namespace splitbench {
namespace {

TEST(ArmTest, EveryArmIsFoundByANameOfItsOwn) {
  std::set<std::string_view> names;
  std::set<Arm> arms;
  for (std::size_t i = 0; i < kArms.size(); ++i) {
    const Arm arm = kArms[i];
    EXPECT_TRUE(names.insert(name_of(arm, {})).second) << name_of(arm, {});
    EXPECT_TRUE(arms.insert(arm).second) << name_of(arm, {});
    EXPECT_EQ(find_arm(name_of(arm, {})), arm);
    EXPECT_EQ(baseline_of(arm) != nullptr, i >= kOwnArms.size());
  }
  EXPECT_EQ(find_arm("zip"), std::nullopt);
}

TEST(ArmTest, EveryCodecIsAnArm) {
  for (const Codec& codec : kCodecs) {
    const Arm arm(codec);
    EXPECT_EQ(find_arm(codec.name), arm);
    EXPECT_EQ(codec_of(arm), &codec);
    EXPECT_TRUE(encodes(arm));
    EXPECT_EQ(works_on(arm, CodecDevice::cpu, {}), codec.on_cpu);
    EXPECT_EQ(works_on(arm, CodecDevice::cuda, {}), codec.on_cuda);
  }
  EXPECT_EQ(codec_of(Arm::automatic), nullptr);
  EXPECT_TRUE(works_on(Arm::raw, CodecDevice::cuda, {}));
}

TEST(ArmTest, WantsTheFramesOfItsCodec) {
  EXPECT_EQ(kind_of(Arm::splitzip), FrameKind::splitzip);
  EXPECT_EQ(kind_of(Arm::ranked), FrameKind::ranked);
  for (const Arm arm : {Arm::raw, Arm::bypass, Arm::automatic, Arm(kBaselines[0])})
    EXPECT_EQ(kind_of(arm), FrameKind::stored);
}

TEST(ArmTest, BaselinesEncodeButMakeNoFrames) {
  const Arm baseline(kBaselines[0]);
  EXPECT_EQ(name_of(baseline, {}), kBaselines[0].name);
  EXPECT_TRUE(encodes(baseline));
  EXPECT_FALSE(frames(baseline));
  EXPECT_FALSE(frames(Arm::raw) || encodes(Arm::raw) || encodes(Arm::bypass));
  EXPECT_TRUE(frames(Arm::bypass) && frames(Arm::automatic) && encodes(Arm::automatic));
}

TEST(ArmTest, AnAddedCodecHasAnArmOfItsOwnWithoutFrames) {
  const std::vector<AddedCodec> added = {
      {.name = "mine", .figures = {}, .library = {}},
      {.name = "yours", .figures = {}, .library = "yours.so", .on_cpu = true, .on_cuda = false}};
  const Arm arm = find_arm("yours", added).value();
  EXPECT_EQ(arm, Arm::of_added(1));
  EXPECT_NE(arm, Arm::of_added(0));
  EXPECT_EQ(name_of(arm, added), "yours");
  EXPECT_EQ(codec_of(arm), nullptr);
  EXPECT_TRUE(is_foreign(arm) && encodes(arm) && !frames(arm));
  EXPECT_TRUE(works_on(arm, CodecDevice::cpu, added));
  EXPECT_FALSE(works_on(arm, CodecDevice::cuda, added));
  EXPECT_EQ(find_arm("yours"), std::nullopt);
  for (const Arm known : kArms) EXPECT_EQ(known.added(), std::nullopt);
}

}  // namespace
}  // namespace splitbench
