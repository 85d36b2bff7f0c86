#include <gtest/gtest.h>
#include <random>
#include <vector>

#include "sim/run/dispatch/placement.hpp"

namespace splitbench {
namespace {

TEST(ArenaTest, HandsOutDisjointPartsAndIsWholeAgainAtTheEnd) {
  constexpr std::uint64_t kBytes = 1 << 20;
  Arena arena(kBytes);
  std::mt19937_64 random(3);
  struct Part {
    std::uint64_t offset, bytes;
  };
  std::vector<Part> taken;
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t bytes = 1 + random() % 50'000;
    if (const auto offset = arena.take(bytes)) {
      EXPECT_EQ(*offset % 256, 0u);
      EXPECT_LE(*offset + bytes, kBytes);
      for (const Part& p : taken)
        EXPECT_TRUE(*offset + bytes <= p.offset || p.offset + p.bytes <= *offset);
      taken.push_back({*offset, bytes});
    }
    if (!taken.empty() && random() % 2) {
      const std::size_t victim = random() % taken.size();
      arena.give_back(taken[victim].offset, taken[victim].bytes);
      taken.erase(taken.begin() + static_cast<std::ptrdiff_t>(victim));
    }
  }
  for (const Part& p : taken) arena.give_back(p.offset, p.bytes);
  EXPECT_EQ(arena.take(kBytes), 0u);
  EXPECT_EQ(arena.take(1), std::nullopt);
}

}  // namespace
}  // namespace splitbench
