#include "reports/html/markup.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <type_traits>

namespace splitbench::html {
namespace {

constexpr const char* kUnknown = "\xEF\xBF\xBD";  // U+FFFD

std::string text(std::string_view bytes) {
  return Html(bytes).markup();
}

TEST(HtmlTextTest, LeavesNoCharacterThatMeansSomethingToHtml) {
  EXPECT_EQ(text("</script><script>alert(1)</script>"),
            "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;");
  EXPECT_EQ(text("\" onclick='a' &amp;"), "&quot; onclick=&#39;a&#39; &amp;amp;");
}

TEST(HtmlTextTest, KeepsEveryOtherLanguage) {
  EXPECT_EQ(text("µs · ± 日本語"), "µs · ± 日本語");
}

TEST(HtmlTextTest, EveryByteAloneIsTextThatABrowserTakes) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string shown = text(std::string(1, static_cast<char>(byte)));
    const bool unknown = (byte < ' ' && byte != '\n' && byte != '\t') || byte >= 0x7f;
    EXPECT_EQ(shown == kUnknown, unknown) << byte;
    EXPECT_EQ(shown.find_first_of("<>\"'"), std::string::npos) << byte;
  }
}

TEST(HtmlTextTest, WhatIsNotUtf8IsShownAsUnknown) {
  EXPECT_EQ(text("a\xC3"), std::string("a") + kUnknown);
  EXPECT_EQ(text("\xC0\xAF"), std::string(kUnknown) + kUnknown);  // an overlong '/'
}

TEST(MarkupTest, AStringIsTextWhereverItStands) {
  const std::string evil = "\"><img src=x>";
  const std::string shown = "&quot;&gt;&lt;img src=x&gt;";
  EXPECT_EQ(element("td", evil).markup(), "<td>" + shown + "</td>");
  EXPECT_EQ(element("td", {{"title", evil}}, "").markup(), "<td title=\"" + shown + "\"></td>");
  EXPECT_EQ((evil + void_element("br") + evil).markup(), shown + "<br>" + shown);
  EXPECT_EQ(element("p", element("b", "1").markup()).markup(), "<p>&lt;b&gt;1&lt;/b&gt;</p>");
}

TEST(MarkupTest, AnElementKeepsTheElementsInIt) {
  const Html cell = element("td", {{"class", "a"}, {"title", "b"}}, element("b", "1") + " & 2");
  EXPECT_EQ(line("tr", cell).markup(),
            "<tr><td class=\"a\" title=\"b\"><b>1</b> &amp; 2</td></tr>\n");
  EXPECT_EQ(block("ul", line("li", "1")).markup(), "<ul>\n<li>1</li>\n</ul>\n");
  EXPECT_TRUE(Html().empty());
  EXPECT_TRUE((Html() + "").empty());
}

TEST(MarkupTest, AStringNamesNoElement) {
  EXPECT_FALSE((std::is_convertible_v<std::string, Name>));
  EXPECT_FALSE((std::is_constructible_v<Name, std::string_view>));
}

TEST(MarkupTest, JsonCannotLeaveItsElement) {
  const nlohmann::ordered_json json = {"</script><!--", "&lt;", "\u2028\u2029", "\xff", "\"\\"};
  const std::string whole = data_element("\"x", json).markup();
  const std::string opening = "<script type=\"application/json\" id=\"&quot;x\">";
  const std::string closing = "</script>\n";
  ASSERT_TRUE(whole.starts_with(opening) && whole.ends_with(closing));
  const std::string data =
      whole.substr(opening.size(), whole.size() - opening.size() - closing.size());
  EXPECT_EQ(data.find_first_of("<>&"), std::string::npos);
  EXPECT_EQ(data.find("\u2028"), std::string::npos);
  EXPECT_EQ(data.find("\u2029"), std::string::npos);
  EXPECT_EQ(nlohmann::ordered_json::parse(data)[0], json[0]);
  EXPECT_EQ(nlohmann::ordered_json::parse(data)[2], json[2]);
}

}  // namespace
}  // namespace splitbench::html
