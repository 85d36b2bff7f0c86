#include "codec/codebook_file.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <utility>

#include "codec/exponent_statistics.hpp"
#include "codec/testing/sample_tensors.hpp"

namespace splitbench {
namespace {

CodebookFile read(const std::string& text) {
  return codebook_file_from_json(nlohmann::json::parse(text));
}

CodebookFile two_layers() {
  CodebookFile file{
      .tool = "splitbench 1",
      .sources = {{.name = "a.bf16", .bytes = 20, .xxh3 = 0xfedcba9876543210}},
      .entries = {
          {.key = {.layer = 0, .tensor_class = "k"}, .codebook = window(ElementType::bf16, 114)},
          {.key = {.layer = 0, .tensor_class = "v"}, .codebook = window(ElementType::bf16, 112)},
          {.key = {}, .codebook = window(ElementType::bf16, 100)},
          {.key = {}, .codebook = window(ElementType::fp8_e4m3, 2)}}};
  file.entries[0].histogram[120] = 9;
  file.entries[0].histogram[255] = 1;
  for (CodebookFile::Entry& entry : file.entries)
    entry.ranked_codebook =
        calibrate(entry.histogram, entry.codebook.element_type, FrameKind::ranked);
  return file;
}

/// Returns the text of the file as it was written before there were ranked codebooks.
std::string without_ranked(const CodebookFile& file) {
  auto json = nlohmann::ordered_json::parse(to_json(file));
  for (auto& entry : json.at("codebooks")) entry.erase("ranked");
  return json.dump();
}

std::string refusal(const std::string& text) {
  try {
    read(text);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "accepted";
}

/// Returns the message of the refusal if the first `old` in the text is replaced by `other`.
std::string refusal_with(const std::string& old, const std::string& other) {
  std::string text = to_json(two_layers());
  return refusal(text.replace(text.find(old), old.size(), other));
}

TEST(CodebookFileTest, ComesBackFromItsJson) {
  EXPECT_EQ(read(to_json(two_layers())), two_layers());
}

/// These are files as version 0.1.0 wrote them, before there were ranked codebooks.
TEST(CodebookFileTest, ReadsTheFilesOfOlderPrograms) {
  const CodebookFile file = read(R"json({
 "format": "splitbench codebooks", "version": 2, "tool": "splitbench 0.1.0 (9f45933)",
 "sources": [{"name": "kv.e4m3", "bytes": 7, "xxh3": "0123456789abcdef"}],
 "codebooks": [{"layer": 1, "class": "v", "element_type": "fp8_e4m3", "id": "8267cfc566dc2a99",
   "exponents": [2, 3, 4, 5, 6, 7, 8, 9], "elements": 7, "escapes": 1,
   "histogram": {"7": 4, "6": 2, "12": 1}}]})json");
  ASSERT_EQ(file.entries.size(), 1u);
  const CodebookFile::Entry& entry = file.entries[0];
  EXPECT_EQ(entry.codebook, window(ElementType::fp8_e4m3, 2));
  EXPECT_EQ(entry.ranked_codebook,
            calibrate(entry.histogram, ElementType::fp8_e4m3, FrameKind::ranked));
  EXPECT_EQ(entry.ranked_codebook.exponents[0], 7);
  EXPECT_EQ(entry.ranked_codebook.exponents[2], 12);
}

TEST(CodebookFileTest, AFileWithoutRankedCodebooksHasThoseOfItsHistograms) {
  EXPECT_EQ(read(without_ranked(two_layers())), two_layers());
}

TEST(CodebookFileTest, KeepsARankedCodebookThatDoesNotFollowFromItsHistogram) {
  CodebookFile file = two_layers();
  std::swap(file.entries[0].ranked_codebook.exponents[0],
            file.entries[0].ranked_codebook.exponents[1]);
  EXPECT_EQ(read(to_json(file)), file);
}

TEST(CodebookFileTest, KeepsItsHistogramsSoThatStatisticsNeedNoElements) {
  const CodebookFile::Entry entry = read(to_json(two_layers())).entries[0];
  EXPECT_EQ(elements(entry.histogram), 10u);
  EXPECT_DOUBLE_EQ(escape_rate(entry.histogram, entry.codebook), 0.1);
}

TEST(CodebookFileTest, FindsTheFirstOfTheTypeWhoseKeyAgrees) {
  const CodebookFile file = two_layers();
  EXPECT_EQ(*file.find({.layer = 0, .tensor_class = "v"}, ElementType::bf16),
            window(ElementType::bf16, 112));
  EXPECT_EQ(*file.find({.layer = 7, .tensor_class = "v"}, ElementType::bf16),
            window(ElementType::bf16, 100));
  EXPECT_EQ(*file.find({}, ElementType::bf16), window(ElementType::bf16, 100));
  EXPECT_EQ(*file.find({.layer = 0, .tensor_class = "v"}, ElementType::fp8_e4m3),
            window(ElementType::fp8_e4m3, 2));
  EXPECT_EQ(file.find({}, ElementType::fp8_e5m2), nullptr);
  EXPECT_EQ(CodebookFile{}.find({}, ElementType::bf16), nullptr);
}

TEST(CodebookFileTest, FindsTheCodebookOfTheKindOfFrame) {
  const CodebookFile file = two_layers();
  const CodebookKey key{.layer = 0, .tensor_class = "k"};
  EXPECT_EQ(*file.find(key, ElementType::bf16, FrameKind::splitzip),
            window(ElementType::bf16, 114));
  EXPECT_EQ(*file.find(key, ElementType::bf16, FrameKind::ranked),
            calibrate(file.entries[0].histogram, ElementType::bf16, FrameKind::ranked));
}

TEST(CodebookFileTest, RefusesWhatIsNoFileOfCodebooks) {
  EXPECT_EQ(refusal("{}"), "not a file of codebooks");
  EXPECT_EQ(refusal("[]"), "not a file of codebooks");
  EXPECT_EQ(refusal_with("\"version\": 2", "\"version\": 1"),
            "a file of codebooks of version 1, expected 2; calibrate again");
  EXPECT_EQ(refusal_with("fedcba98", "hello, w"),
            "'hello, w76543210' is not 16 hexadecimal digits");
}

TEST(CodebookFileTest, RefusesWhatIsNoCodebook) {
  EXPECT_EQ(refusal_with("114", "115"), "a codebook's exponents are not strictly ascending");
  EXPECT_EQ(refusal_with("114", "256"), "exponent 256 is not an integer from 0 to 255");
  EXPECT_EQ(refusal_with("114", "-1"), "exponent -1 is not an integer from 0 to 255");
  EXPECT_NE(refusal_with("114", "113").find("does not belong to its exponents"), std::string::npos);
  EXPECT_EQ(refusal_with("114,", ""), "a codebook of bf16 has 15 exponents, expected 16");
  EXPECT_EQ(refusal_with("\"bf16\"", "\"fp8_e4m3\""),
            "a codebook of fp8_e4m3 has 16 exponents, expected 8");
  EXPECT_EQ(refusal_with("\"bf16\"", "\"int8\""),
            "element type 'int8' is not bf16, fp8_e5m2 or fp8_e4m3");
}

TEST(CodebookFileTest, RefusesWhatIsNoRankedCodebook) {
  const auto refusal_of = [](const auto& change) {
    auto json = nlohmann::ordered_json::parse(to_json(two_layers()));
    change(json.at("codebooks")[0].at("ranked"));
    return refusal(json.dump());
  };
  EXPECT_EQ(refusal_of([](auto& ranked) { ranked["exponents"].erase(12); }),
            "a ranked codebook of bf16 has 12 exponents, expected 13");
  EXPECT_EQ(refusal_of([](auto& ranked) { ranked["exponents"][1] = ranked["exponents"][0]; }),
            "a ranked codebook's exponents are not all different");
  EXPECT_NE(
      refusal_of([](auto& ranked) { ranked["exponents"][12] = 1; }).find("does not belong to its"),
      std::string::npos);
  EXPECT_EQ(refusal_of([](auto& ranked) { ranked["exponents"][0] = 256; }),
            "exponent 256 is not an integer from 0 to 255");
}

TEST(CodebookFileTest, RefusesAHistogramThatDoesNotBelongToIt) {
  EXPECT_EQ(refusal_with("\"120\"", "\"256\""), "a histogram's '256' is not an exponent of bf16");
  EXPECT_EQ(refusal_with("\"120\"", "\"x\""), "a histogram's 'x' is not an exponent of bf16");
  EXPECT_EQ(refusal_with("\"120\": 9", "\"120\": -9"),
            "the count of exponent 120, -9 is not an integer from 0 to 9007199254740992");
  EXPECT_EQ(refusal_with("\"120\": 9", "\"120\": 8"),
            "the elements and escapes of layer 0, k are not those of its histogram");
  EXPECT_EQ(refusal_with("\"escapes\": 1", "\"escapes\": 2"),
            "the elements and escapes of layer 0, k are not those of its histogram");
}

TEST(CodebookFileTest, RefusesNumbersThatItsFieldsCannotHold) {
  for (const std::string layer : {"-1", "4294967296", "1.7", "\"0\"", "null"})
    EXPECT_EQ(refusal_with("\"layer\": 0", "\"layer\": " + layer),
              "layer " + layer + " is not an integer from 0 to 4294967295");
  EXPECT_EQ(refusal_with("\"layer\": 0", "\"layer\": [0]"),
            "layer array is not an integer from 0 to 4294967295");
  EXPECT_EQ(refusal_with("\"elements\": 10", "\"elements\": -1"),
            "elements -1 is not an integer from 0 to 9007199254740992");
  EXPECT_EQ(refusal_with("\"bytes\": 20", "\"bytes\": 1e3"),
            "bytes 1000.0 is not an integer from 0 to 9007199254740992");
  EXPECT_EQ(refusal_with("114", "114.5"), "exponent 114.5 is not an integer from 0 to 255");
}

TEST(CodebookFileTest, NamesWhatIsMissingOrOfAnotherKind) {
  EXPECT_EQ(refusal_with("\"tool\"", "\"Tool\""), "'tool' is missing");
  EXPECT_EQ(refusal_with("\"splitbench 1\"", "1"), "'tool' is not a text");
  EXPECT_EQ(refusal_with("\"exponents\"", "\"Exponents\""), "'exponents' is missing");
  EXPECT_EQ(refusal(R"({"format": "splitbench codebooks", "version": 2, "tool": "", "sources": {},
                        "codebooks": []})"),
            "'sources' is not an array");
  EXPECT_EQ(refusal(R"({"format": "splitbench codebooks", "version": 2, "tool": "", "sources": [1],
                        "codebooks": []})"),
            "an object with name is missing");
}

TEST(CodebookFileTest, DescribesAKeyByWhatIsSet) {
  EXPECT_EQ(describe(CodebookKey{}), "all tensors");
  EXPECT_EQ(describe({.layer = 3, .tensor_class = {}}), "layer 3");
  EXPECT_EQ(describe({.layer = {}, .tensor_class = "v"}), "v");
  EXPECT_EQ(describe({.layer = 3, .tensor_class = "v"}), "layer 3, v");
}

TEST(CodebookFileTest, FindsElementTypesByTheirNames) {
  for (const ElementType type : kElementTypes) EXPECT_EQ(element_type_named(name(type)), type);
  EXPECT_EQ(element_type_named("fp8"), std::nullopt);
}

}  // namespace
}  // namespace splitbench
