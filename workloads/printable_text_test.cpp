#include "workloads/printable_text.hpp"

#include <gtest/gtest.h>

namespace splitbench {
namespace {

TEST(PrintableTextTest, KeepsWhatPeopleWrite) {
  const std::string text = "a\tb\nµs · ± 日本語 \U0001F600 █";
  EXPECT_EQ(printable(text), text);
}

TEST(PrintableTextTest, ShowsWhatATerminalWouldActOn) {
  EXPECT_EQ(printable("\033]0;title\a\033[2J"), "\\x1b]0;title\\x07\\x1b[2J");
  EXPECT_EQ(printable("shown\rhidden\b\x7f"), "shown\\x0dhidden\\x08\\x7f");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(printable("\u009b2J"), "\\x9b2J");
}

TEST(PrintableTextTest, ShowsWhatTurnsTheDirectionOfWriting) {
  EXPECT_EQ(printable("\u202ednah\u202c"), "\\u202ednah\\u202c");
  EXPECT_EQ(printable("\u2066\u2069\u200f"), "\\u2066\\u2069\\u200f");
}

TEST(PrintableTextTest, ShowsBytesThatAreNotUtf8) {
  EXPECT_EQ(printable("a\xff\xc3"), "a\\xff\\xc3");
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");           // an overlong '/'
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
  EXPECT_EQ(printable("\xc3(\xf4\x90\x80\x80"), "\\xc3(\\xf4\\x90\\x80\\x80");
}

TEST(PrintableTextTest, EveryResultIsItsOwnResult) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string once = printable(std::string(2, static_cast<char>(byte)));
    EXPECT_EQ(printable(once), once) << byte;
  }
}

}  // namespace
}  // namespace splitbench
