#include "codec/predicted/rotation.hpp"

#include <array>
#include <cmath>
#include <gtest/gtest.h>

#include "codec/predicted/calibration.hpp"

namespace splitbench {
namespace {

TEST(RotationTest, IsThatOfRopeToOneInTwoThousand) {
  const auto frequencies = rope_frequencies(10'000, 64);
  const Rotations rotations(frequencies);
  ASSERT_TRUE(valid(rotations.table()));
  std::array<Rotation, 32> row{};
  for (const std::uint32_t position : {0u, 1u, 127u, 128u, 5000u, 131'071u, kMaxPositions - 1}) {
    rotations.at(position, row);
    for (std::size_t pair = 0; pair < row.size(); ++pair) {
      EXPECT_NEAR(row[pair].cosine, 16'384 * std::cos(position * frequencies[pair]), 8);
      EXPECT_NEAR(row[pair].sine, 16'384 * std::sin(position * frequencies[pair]), 8);
    }
  }
}

TEST(RotationTest, ThoseOfPositionZeroChangeNothing) {
  const Rotations rotations(rope_frequencies(500'000, 128));
  std::array<Rotation, 64> row{};
  rotations.at(0, row);
  for (const Rotation rotation : row) EXPECT_EQ(rotation, (Rotation{16'384, 0}));
}

TEST(RotationTest, TheLongestOnesStayWithinTheirBound) {
  const Rotation longest{16'386, 0}, slanted{-11'586, 11'586};
  ASSERT_TRUE(valid(std::array{longest, slanted}));
  for (const Rotation product : {longest * longest * longest, longest * slanted * longest,
                                 slanted * slanted * slanted, slanted * longest * slanted})
    EXPECT_LT(std::hypot(product.cosine, product.sine), kLongestRotation);
}

TEST(RotationTest, ThoseThatStretchAreNotValid) {
  EXPECT_TRUE(valid(std::array{Rotation{0, -16'384}}));
  EXPECT_FALSE(valid(std::array{Rotation{16'384, -16'384}}));
  EXPECT_FALSE(valid(std::array{Rotation{16'387, 0}}));
  EXPECT_FALSE(valid(std::array{Rotation{-32'768, -32'768}}));
}

}  // namespace
}  // namespace splitbench
