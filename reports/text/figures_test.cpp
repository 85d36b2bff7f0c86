#include "reports/text/figures.hpp"

#include <gtest/gtest.h>

namespace splitbench {
namespace {

TEST(FiguresTest, AFigureThatRoundsToZeroHasNoSign) {
  const FigureStyle milliseconds = style_for(0.002, "s");
  EXPECT_EQ(figure_text(-1e-7, milliseconds), "0.000");
  EXPECT_EQ(figure_text(-1e-6, milliseconds), "-0.001");
  EXPECT_EQ(figure_text(-0.0, milliseconds), "0");
}

}  // namespace
}  // namespace splitbench
