#include "workloads/foreign_json.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <string>

namespace splitbench {
namespace {

std::string refusal(const std::string& text) {
  try {
    parse_foreign_json(text);
  } catch (const JsonError& error) {
    return error.what();
  }
  return "accepted";
}

std::string nested(std::size_t depth, const std::string& open, const std::string& close) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += open;
  text += "1";
  for (std::size_t i = 0; i < depth; ++i) text += close;
  return text;
}

TEST(ForeignJsonTest, IsWhatItsTextSays) {
  const std::string text = R"({"a":[1,-2,3.5,true,null,"x"],"b":{"a":{}}})";
  EXPECT_EQ(parse_foreign_json(text).dump(), text);
  EXPECT_EQ(parse_foreign_json(" 7 "), 7);
}

TEST(ForeignJsonTest, SaysWhereItBreaks) {
  EXPECT_EQ(refusal("{\"a\": 1"), "the JSON ends after 7 bytes");
  EXPECT_EQ(refusal(""), "the JSON ends after 0 bytes");
  EXPECT_EQ(refusal("{} x"), "broken JSON at byte 4");
  EXPECT_EQ(refusal("[1e999]"), "a number too large for a double");
  EXPECT_EQ(refusal("\"\xff\""), "broken JSON at byte 2");
}

TEST(ForeignJsonTest, NestsNoDeeperThanRecursionMayGo) {
  for (const auto& [open, close] : {std::pair{"[", "]"}, {"{\"a\":", "}"}}) {
    EXPECT_EQ(refusal(nested(kMaxJsonDepth, open, close)), "accepted");
    EXPECT_EQ(refusal(nested(kMaxJsonDepth + 1, open, close)), "JSON nested more than 64 deep");
    EXPECT_EQ(refusal(nested(1'000'000, open, "")), "JSON nested more than 64 deep");
  }
}

TEST(ForeignJsonTest, HasEachNameOnceInAnObject) {
  EXPECT_EQ(refusal(R"({"a": 1, "b": {"a": 2}, "c": [{"a": 3}, {"a": 4}]})"), "accepted");
  EXPECT_EQ(refusal(R"({"a": 1, "b": 2, "a": 3})"), "'a' stands twice in one object");
  EXPECT_EQ(refusal(R"([{"x": {"b": 1, "b": 1}}])"), "'b' stands twice in one object");
}

TEST(ForeignJsonTest, HoldsNoMoreValuesThanMemoryIsMeantFor) {
  std::string many = "[";
  for (std::size_t i = 0; i < kMaxJsonValues; ++i) many += "1,";
  many += "1]";
  EXPECT_EQ(refusal(many), "JSON of more than 4000000 values");
}

TEST(ForeignJsonTest, IsTriedWithoutAnError) {
  EXPECT_EQ(try_parse_foreign_json("[]"), nlohmann::json::array());
  EXPECT_EQ(try_parse_foreign_json("["), std::nullopt);
}

}  // namespace
}  // namespace splitbench
