#include "workloads/wrapped_text.hpp"

#include <gtest/gtest.h>
#include <sstream>

namespace splitbench {
namespace {

TEST(WrappedTextTest, IndentsLinesToTheTextOfTheFirst) {
  const std::string word(30, 'x');
  EXPECT_EQ(wrapped("  ! ", word + " " + word + "  " + word + " " + word),
            "  ! " + word + " " + word + " " + word + "\n    " + word + "\n");
  EXPECT_EQ(wrapped("label", ""), "label\n");
}

TEST(WrappedTextTest, CountsCharactersAndNotBytes) {
  EXPECT_EQ(width_of("±1 µs"), 5u);
  std::string text;
  for (int i = 0; i < 200; ++i) text += "µ±µ ";
  std::istringstream lines(wrapped("→ ", text));
  std::size_t longest = 0;
  for (std::string line; std::getline(lines, line);) longest = std::max(longest, width_of(line));
  EXPECT_LE(longest, kTextWidth);
  EXPECT_GT(longest, kTextWidth - 4);
}

TEST(WrappedTextTest, AWordThatIsTooLongHasALineOfItsOwn) {
  const std::string word(150, 'x');
  EXPECT_EQ(wrapped("- ", "a " + word + " b"), "- a\n  " + word + "\n  b\n");
}

}  // namespace
}  // namespace splitbench
