#include "codec/codecs.hpp"

#include <gtest/gtest.h>
#include <set>

namespace splitbench {
namespace {

TEST(CodecsTest, AreFoundByNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const Codec& codec : kCodecs) {
    EXPECT_TRUE(names.insert(codec.name).second) << codec.name;
    EXPECT_EQ(find_codec(codec.name), &codec);
    EXPECT_TRUE(codec.on_cpu || codec.on_cuda) << codec.name;
    EXPECT_TRUE(codec.takes(ElementType::bf16)) << codec.name;
  }
  EXPECT_EQ(find_codec("zip"), nullptr);
}

TEST(CodecsTest, OfOursRunEverywhereAndEachHasAKindOfFrames) {
  std::set<FrameKind> kinds;
  for (const Codec& codec : kOwnCodecs) {
    EXPECT_TRUE(codec.on_cpu && codec.on_cuda) << codec.name;
    EXPECT_TRUE(kinds.insert(codec.frames.value()).second) << codec.name;
    EXPECT_EQ(find_codec(*codec.frames), &codec);
  }
  EXPECT_EQ(find_codec(FrameKind::stored), nullptr);
}

TEST(CodecsTest, OfOthersStandBehindOursAndHavePlanesOfBf16Only) {
  EXPECT_EQ(kOwnCodecs.size() + kBaselines.size(), kCodecs.size());
  for (const Codec& codec : kBaselines) {
    EXPECT_TRUE(codec.is_baseline()) << codec.name;
    EXPECT_NE(codec.on_cpu, codec.on_cuda) << codec.name;
    EXPECT_EQ(codec.takes(ElementType::fp8_e5m2), !codec.planes) << codec.name;
  }
}

}  // namespace
}  // namespace splitbench
