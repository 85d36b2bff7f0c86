#include "codec/codebook_file.hpp"

#include <gtest/gtest.h>
#include <numeric>

namespace splitbench {
namespace {

Codebook window(std::uint8_t first) {
  Codebook codebook;
  std::iota(codebook.exponents.begin(), codebook.exponents.end(), first);
  return codebook;
}

CodebookFile two_layers() {
  return {.sources = {"a.bf16"},
          .entries = {{.key = {.layer = 0, .tensor_class = "k"},
                       .codebook = window(114),
                       .elements = 10,
                       .escapes = 1},
                      {.key = {.layer = 0, .tensor_class = "v"},
                       .codebook = window(112),
                       .elements = 10,
                       .escapes = 0},
                      {.key = {}, .codebook = window(100), .elements = 20, .escapes = 3}}};
}

std::string refusal(const std::string& text) {
  try {
    codebook_file_from_json(text);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "accepted";
}

TEST(CodebookFileTest, ComesBackFromItsJson) {
  EXPECT_EQ(codebook_file_from_json(to_json(two_layers())), two_layers());
}

TEST(CodebookFileTest, ComesBackFromDisk) {
  const std::string path = testing::TempDir() + "codebooks.json";
  save(two_layers(), path);
  EXPECT_EQ(load_codebook_file(path), two_layers());
  EXPECT_THROW(load_codebook_file(path + ".none"), std::system_error);
}

TEST(CodebookFileTest, FindsTheFirstWhoseKeyAgrees) {
  const CodebookFile file = two_layers();
  EXPECT_EQ(*file.find({.layer = 0, .tensor_class = "v"}), window(112));
  EXPECT_EQ(*file.find({.layer = 7, .tensor_class = "v"}), window(100));
  EXPECT_EQ(*file.find({}), window(100));
  EXPECT_EQ(CodebookFile{}.find({}), nullptr);
}

TEST(CodebookFileTest, RefusesWhatIsNoCodebook) {
  EXPECT_EQ(refusal("{}"), "not a file of codebooks");
  EXPECT_NE(refusal("[").find("parse error"), std::string::npos);
  std::string text = to_json(two_layers());
  text.replace(text.find("114"), 3, "115");
  EXPECT_EQ(refusal(text), "a codebook's exponents are not strictly ascending");
  text.replace(text.find("115"), 3, "256");
  EXPECT_EQ(refusal(text), "exponent 256 is not between 0 and 255");
  text.replace(text.find("256"), 3, "113");
  EXPECT_NE(refusal(text).find("does not belong to its exponents"), std::string::npos);
}

}  // namespace
}  // namespace splitbench
