#include "workers/kv/safetensors.hpp"

#include <cstring>
#include <gtest/gtest.h>
#include <random>
#include <stdexcept>

namespace splitbench {
namespace {

std::string with_length(const std::string& header) {
  const std::uint64_t length = header.size();
  std::string file(sizeof length, '\0');
  std::memcpy(file.data(), &length, sizeof length);
  return file + header;
}

SafetensorsLayout layout_of(const std::string& file) {
  return read_safetensors_layout(std::as_bytes(std::span(file)), file.size());
}

std::string refusal(const std::string& file) {
  try {
    layout_of(file);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "accepted";
}

/// Returns the refusal of a file with that header and 8 bytes of elements.
std::string header_refusal(const std::string& header) {
  return refusal(with_length(header) + "ABCDEFGH");
}

/// Returns the refusal of a file whose only tensor is described by `rest`, behind its dtype BF16.
std::string tensor_refusal(const std::string& rest) {
  return header_refusal(R"({"t": {"dtype": "BF16", )" + rest + "}}");
}

const std::string kTwo = R"({"b": {"dtype": "BF16", "shape": [1, 3], "data_offsets": [0, 6]},)"
                         R"( "a": {"dtype": "F8_E4M3", "shape": [2], "data_offsets": [6, 8]}})";

TEST(SafetensorsTest, GivesTensorsInTheOrderInWhichTheyLie) {
  const SafetensorsLayout layout = layout_of(with_length(kTwo) + "ABCDEFGH");
  EXPECT_EQ(layout.header_bytes, 8 + kTwo.size());
  ASSERT_EQ(layout.tensors.size(), 2u);
  EXPECT_EQ(layout.tensors[0].name, "b");
  EXPECT_EQ(layout.tensors[0].type, ElementType::bf16);
  EXPECT_EQ(layout.tensors[0].bytes, 6u);
  EXPECT_EQ(layout.tensors[1].name, "a");
  EXPECT_EQ(layout.tensors[1].type, ElementType::fp8_e4m3);
  EXPECT_EQ(layout.tensors[1].offset, layout.header_bytes + 6);
}

TEST(SafetensorsTest, TakesScalarsEmptyTensorsMetadataAndPadding) {
  EXPECT_EQ(tensor_refusal(R"("shape": [4], "data_offsets": [0, 8])"), "accepted");
  EXPECT_EQ(header_refusal(R"({"__metadata__": {"a": "b"}, )" + kTwo.substr(1) + "   "),
            "accepted");
  EXPECT_EQ(header_refusal(R"({"s": {"dtype": "F8_E5M2", "shape": [], "data_offsets": [0, 1]},)"
                           R"("e": {"dtype": "BF16", "shape": [0], "data_offsets": [1, 1]},)"
                           R"("t": {"dtype": "F8_E5M2", "shape": [7], "data_offsets": [1, 8]}})"),
            "accepted");
}

TEST(SafetensorsTest, TensorsOfOtherTypesAreDescribedToo) {
  const std::string header =
      R"({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},)"
      R"( "b": {"dtype": "F8_E4M3FNUZ", "shape": [1], "data_offsets": [4, 5]},)"
      R"( "c": {"dtype": "U8", "shape": [1], "data_offsets": [5, 6]},)"
      R"( "d": {"dtype": "F6_E2M3", "shape": [0], "data_offsets": [6, 6]},)"
      R"( "e": {"dtype": "of tomorrow", "shape": [99], "data_offsets": [6, 8]}})";
  const SafetensorsLayout layout = layout_of(with_length(header) + "ABCDEFGH");
  ASSERT_EQ(layout.tensors.size(), 5u);
  EXPECT_EQ(layout.tensors[0].dtype, "F32");
  EXPECT_EQ(layout.tensors[0].type, std::nullopt);
  EXPECT_EQ(layout.tensors[1].type, ElementType::fp8_e4m3);
  EXPECT_TRUE(layout.tensors[2].may_hold(ElementType::fp8_e5m2));
  EXPECT_FALSE(layout.tensors[2].may_hold(ElementType::bf16));
  EXPECT_FALSE(layout.tensors[0].may_hold(ElementType::bf16));
  EXPECT_EQ(header_refusal(R"({"t": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}})"),
            "tensor 't': 8 bytes, but its shape says 12");
  EXPECT_EQ(header_refusal(R"({"t": {"dtype": "F4", "shape": [15], "data_offsets": [0, 8]}})"),
            "tensor 't': its shape is not of whole bytes");
}

TEST(SafetensorsTest, RefusesWhatIsNoHeader) {
  EXPECT_EQ(refusal("1234567"), "not a .safetensors file: shorter than 8 bytes");
  EXPECT_NE(refusal(std::string(16, '\x7f')).find("expected at most 8388608"), std::string::npos);
  EXPECT_EQ(refusal(with_length(kTwo).substr(0, 20)),
            "the file ends within its header of " + std::to_string(kTwo.size()) + " bytes");
  EXPECT_NE(header_refusal("[]").find("does not begin with {"), std::string::npos);
  EXPECT_EQ(header_refusal("{"), "its header: the JSON ends after 1 bytes");
  EXPECT_EQ(header_refusal("{} x"), "its header: broken JSON at byte 4");
  EXPECT_EQ(header_refusal(std::string("{}\0 ", 4)), "its header holds a zero byte");
  EXPECT_EQ(header_refusal(R"({"__metadata__": {"a": 1}})"),
            "its __metadata__ is not an object of strings");
}

TEST(SafetensorsTest, RefusesNamesThatStandTwice) {
  std::string twice = kTwo;
  twice.replace(twice.find("\"a\""), 3, "\"b\"");
  EXPECT_EQ(header_refusal(twice), "its header: 'b' stands twice in one object");
  EXPECT_EQ(tensor_refusal(R"("shape": [4], "shape": [4], "data_offsets": [0, 8])"),
            "its header: 'shape' stands twice in one object");
}

TEST(SafetensorsTest, RefusesTensorsThatAreNotWhatTheySay) {
  EXPECT_EQ(tensor_refusal(R"("data_offsets": [0, 8])"), "tensor 't' has no shape");
  EXPECT_EQ(tensor_refusal(R"("shape": [4])"), "tensor 't' has no data_offsets");
  EXPECT_EQ(tensor_refusal(R"("shape": [3], "data_offsets": [0, 8])"),
            "tensor 't': 8 bytes, but its shape says 6");
  EXPECT_EQ(tensor_refusal(R"("shape": [-4], "data_offsets": [0, 8])"),
            "tensor 't': its shape has -4, expected a count");
  EXPECT_EQ(tensor_refusal(R"("shape": 4, "data_offsets": [0, 8])"),
            "tensor 't': its shape is not an array");
  EXPECT_EQ(tensor_refusal(R"("shape": [4294967296, 4294967296, 4], "data_offsets": [0, 8])"),
            "tensor 't': its shape exceeds 2^64 bytes");
  EXPECT_EQ(tensor_refusal(R"("shape": [4], "data_offsets": [0, 8, 9])"),
            "tensor 't': its data_offsets are not [begin, end]");
  EXPECT_EQ(tensor_refusal(R"("shape": [4], "data_offsets": [0, 8.0])"),
            "tensor 't': its data_offsets are not [begin, end]");
  EXPECT_NE(tensor_refusal(R"("shape": [5], "data_offsets": [0, 10])").find("are not within"),
            std::string::npos);
  EXPECT_NE(tensor_refusal(R"("shape": [4], "data_offsets": [8, 0])").find("are not within"),
            std::string::npos);
  EXPECT_EQ(header_refusal(R"({"t": []})"), "tensor 't' is not described by an object");
  EXPECT_EQ(header_refusal(R"({"t": {"dtype": 3}})"), "tensor 't': its dtype is not a string");
}

TEST(SafetensorsTest, RefusesOverlapsGapsAndWhatFollows) {
  const auto two = [](const std::string& first, const std::string& second) {
    return header_refusal(R"({"a": {"dtype": "BF16", "shape": [2], "data_offsets": )" + first +
                          R"(}, "b": {"dtype": "BF16", "shape": [2], "data_offsets": )" + second +
                          "}}");
  };
  EXPECT_EQ(two("[0, 4]", "[4, 8]"), "accepted");
  EXPECT_EQ(two("[4, 8]", "[0, 4]"), "accepted");
  EXPECT_NE(two("[0, 4]", "[3, 7]").find("tensor 'b' begins at byte 3"), std::string::npos);
  EXPECT_NE(two("[0, 4]", "[0, 4]").find("tensor 'b' begins at byte 0"), std::string::npos);
  EXPECT_EQ(tensor_refusal(R"("shape": [3], "data_offsets": [2, 8])"),
            "tensor 't' begins at byte 2 of the elements, but the one before it ends at 0");
  EXPECT_EQ(tensor_refusal(R"("shape": [3], "data_offsets": [0, 6])"),
            "the last tensor ends at byte 6 of the file's 8 bytes of elements");
  EXPECT_EQ(header_refusal("{}"),
            "the last tensor ends at byte 0 of the file's 8 bytes of elements");
}

TEST(SafetensorsTest, WhateverItsBytesAreTensorsStayWithinTheFile) {
  std::mt19937 random(1);
  const std::string good = with_length(kTwo) + "ABCDEFGH";
  for (int i = 0; i < 20'000; ++i) {
    std::string file = good;
    for (int changes = 0; changes < 1 + i % 3; ++changes)
      file[random() % file.size()] = static_cast<char>(random() % 128);
    try {
      std::uint64_t end = 0;
      const SafetensorsLayout layout = layout_of(file);
      for (const SafetensorsTensor& tensor : layout.tensors) end = tensor.offset + tensor.bytes;
      EXPECT_EQ(end, file.size());
    } catch (const std::runtime_error&) {
      continue;  // refused, as nearly all are
    }
  }
}

}  // namespace
}  // namespace splitbench
