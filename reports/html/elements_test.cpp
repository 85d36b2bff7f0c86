#include "reports/html/elements.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace splitbench {
namespace {

constexpr const char* kUnknown = "\xEF\xBF\xBD";  // U+FFFD

TEST(HtmlTextTest, LeavesNoCharacterThatMeansSomethingToHtml) {
  EXPECT_EQ(html_text("</script><script>alert(1)</script>"),
            "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;");
  EXPECT_EQ(html_text("\" onclick='a' &amp;"), "&quot; onclick=&#39;a&#39; &amp;amp;");
}

TEST(HtmlTextTest, KeepsEveryOtherLanguage) {
  EXPECT_EQ(html_text("µs · ± 日本語"), "µs · ± 日本語");
}

TEST(HtmlTextTest, EveryByteAloneIsTextThatABrowserTakes) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text = html_text(std::string(1, static_cast<char>(byte)));
    const bool unknown = (byte < ' ' && byte != '\n' && byte != '\t') || byte >= 0x7f;
    EXPECT_EQ(text == kUnknown, unknown) << byte;
    EXPECT_EQ(text.find_first_of("<>\"'"), std::string::npos) << byte;
  }
}

TEST(HtmlTextTest, WhatIsNotUtf8IsShownAsUnknown) {
  EXPECT_EQ(html_text("a\xC3"), std::string("a") + kUnknown);
  EXPECT_EQ(html_text("\xC0\xAF"), std::string(kUnknown) + kUnknown);  // an overlong '/'
}

TEST(HtmlTextTest, AScriptElementCannotBeLeft) {
  const nlohmann::ordered_json json = {"</script><!--", "&lt;", "\u2028\u2029", "\xff", "\"\\"};
  const std::string text = script_text(json);
  EXPECT_EQ(text.find_first_of("<>&"), std::string::npos);
  EXPECT_EQ(text.find("\u2028"), std::string::npos);
  EXPECT_EQ(text.find("\u2029"), std::string::npos);
  EXPECT_EQ(nlohmann::ordered_json::parse(text)[0], json[0]);
  EXPECT_EQ(nlohmann::ordered_json::parse(text)[2], json[2]);
}

}  // namespace
}  // namespace splitbench
