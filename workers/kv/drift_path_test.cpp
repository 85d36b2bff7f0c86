#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <set>

#include "workers/kv/drift.hpp"

namespace splitbench {
namespace {

using Shape = DriftPath::Shape;

DriftSpec along(DriftPath path, DriftKind kind = DriftKind::scale_shift) {
  return {.kind = kind, .path = path};
}

std::uint32_t at(const DriftSpec& spec, std::uint64_t request) {
  return drift_level(spec, request, std::chrono::nanoseconds(0));
}

TEST(DriftPathTest, NothingDriftsWhereThereIsNoDrift) {
  EXPECT_EQ(at(along({.begin = 0}, DriftKind::none), 5), 0u);
  EXPECT_EQ(levels_of(along({}, DriftKind::none)), std::vector{0u});
}

TEST(DriftPathTest, AStepIsTakenAtOnceAndForGood) {
  const DriftSpec step = along({.begin = 32});
  for (std::uint64_t request = 0; request < 100; ++request)
    EXPECT_EQ(at(step, request), request < 32 ? 0 : kDriftLevels);
}

TEST(DriftPathTest, ARampNeverFallsAndIsAtEachLevelForAnEighthOfItsLength) {
  const DriftSpec ramp = along({.shape = Shape::ramp, .begin = 100, .length = 800});
  std::array<int, kDriftLevels + 1> requests{};
  std::uint32_t last = 0;
  for (std::uint64_t request = 100; request < 900; ++request) {
    EXPECT_GE(at(ramp, request), last);
    ++requests[last = at(ramp, request)];
  }
  EXPECT_EQ(requests.front(), 50);
  EXPECT_EQ(requests.back(), 50);
  EXPECT_TRUE(std::ranges::all_of(requests.begin() + 1, requests.end() - 1,
                                  [](int count) { return count == 100; }));
  EXPECT_EQ(at(ramp, 99), 0u);
  EXPECT_EQ(at(ramp, 1'000'000), kDriftLevels);
}

TEST(DriftPathTest, APeriodComesBackAndIsItsOwnMirror) {
  const DriftSpec periodic = along({.shape = Shape::periodic, .begin = 10, .length = 64});
  EXPECT_EQ(at(periodic, 9), 0u);
  EXPECT_EQ(at(periodic, 10), 0u);
  EXPECT_EQ(at(periodic, 10 + 16), kDriftLevels / 2);
  EXPECT_EQ(at(periodic, 10 + 32), kDriftLevels);
  std::uint32_t sum = 0;
  for (std::uint64_t phase = 0; phase < 64; ++phase) {
    const std::uint32_t level = at(periodic, 10 + phase);
    EXPECT_EQ(at(periodic, 10 + 640 + phase), level);
    EXPECT_EQ(at(periodic, 10 + 64 - phase), level);
    EXPECT_TRUE(phase >= 32 || level <= at(periodic, 10 + phase + 1));
    sum += level;
  }
  EXPECT_EQ(sum, 64 * kDriftLevels / 2);
}

TEST(DriftPathTest, NoLevelOccursThatIsNotAmongThoseToMake) {
  for (const Shape shape : {Shape::step, Shape::ramp, Shape::periodic}) {
    const DriftSpec spec = along({.shape = shape, .begin = 5, .length = 100});
    std::set<std::uint32_t> found;
    for (std::uint64_t request = 0; request < 200; ++request) found.insert(at(spec, request));
    EXPECT_TRUE(std::ranges::equal(found, levels_of(spec)));
  }
}

TEST(DriftPathTest, AnAlternatingDriftLeavesEvenRequestsAlone) {
  for (std::uint64_t request = 0; request < 100; ++request)
    EXPECT_EQ(at(along({.begin = 10}, DriftKind::alternating), request),
              request >= 10 && request % 2 == 1 ? kDriftLevels : 0);
}

TEST(DriftPathTest, ATimedPathGoesByArrivalsAlone) {
  using namespace std::chrono_literals;
  const DriftSpec ramp = along({.shape = Shape::ramp,
                                .timed = true,
                                .begin = 10'000'000'000,
                                .length = 1'440ull * 60 * 1'000'000'000});
  EXPECT_EQ(drift_level(ramp, 1'000'000, 10s), 0u);
  EXPECT_EQ(drift_level(ramp, 0, 10s + 12h), kDriftLevels / 2);
  EXPECT_EQ(drift_level(ramp, 0, 10s + 24h), kDriftLevels);
}

}  // namespace
}  // namespace splitbench
