#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>

#include "workers/kv/kv_dump.hpp"
#include "workloads/input_error.hpp"
#include "workloads/scratch_folder.hpp"

namespace splitbench {
namespace {

struct KvSafetensorsTest : testing::Test {
  /// Writes a file of tensors of `bytes` each; byte i of all of them is i.
  void write(const std::vector<std::string>& names, const std::string& shape, std::size_t bytes,
             const std::string& type = "F8_E5M2") {
    std::string header = "{", elements;
    for (const std::string& name : names) {
      const std::size_t begin = elements.size();
      for (std::size_t i = 0; i < bytes; ++i) elements += static_cast<char>(begin + i);
      header += fmt::format(R"({}"{}": {{"dtype": "{}", "shape": {}, "data_offsets": [{}, {}]}})",
                            header == "{" ? "" : ", ", name, type, shape, begin, elements.size());
    }
    header += '}';
    const std::uint64_t length = header.size();
    std::string file(sizeof length, '\0');
    std::memcpy(file.data(), &length, sizeof length);
    std::ofstream(path, std::ios::binary) << file + header + elements;
  }

  std::string refusal() const {
    try {
      load_kv_safetensors(path);
    } catch (const InputError& error) {
      const std::string said = error.what(), file = path.string() + ": ";
      return said.starts_with(file) ? said.substr(file.size()) : said;
    }
    return "accepted";
  }

  std::vector<int> values() const {
    std::vector<int> numbers;
    for (const std::byte value : load_kv_safetensors(path).values)
      numbers.push_back(std::to_integer<int>(value));
    return numbers;
  }

  const ScratchFolder folder;
  const std::filesystem::path path = folder.file("kv.safetensors");
};

TEST_F(KvSafetensorsTest, PutsTensorsInTheOrderOfLayersAndClasses) {
  write({"layers.1.v", "layers.0.k", "layers.1.k", "layers.0.v"}, "[1, 2]", 2);
  const KvDump dump = load_kv_dump(path, ElementType::fp8_e5m2);
  EXPECT_EQ(dump.layers, 2u);
  EXPECT_EQ(dump.tokens, 1u);
  EXPECT_EQ(dump.width, 2u);
  EXPECT_EQ(dump.element_type, ElementType::fp8_e5m2);
  EXPECT_EQ(values(), (std::vector{2, 3, 6, 7, 4, 5, 0, 1}));
  EXPECT_EQ(describe_kv_dump(path, ElementType::fp8_e5m2).elements(), 8u);
}

TEST_F(KvSafetensorsTest, HeadsOfATokenComeTogetherWhereTheyLayApart) {
  write({"key_cache.0", "value_cache.0"}, "[1, 2, 3, 2]", 12);  // two heads, three tokens
  const KvDump dump = load_kv_safetensors(path);
  EXPECT_EQ(dump.tokens, 3u);
  EXPECT_EQ(dump.width, 4u);
  EXPECT_EQ(dump.sequence, 3u);
  EXPECT_EQ(values(), (std::vector{0,  1,  6,  7,  2,  3,  8,  9,  4,  5,  10, 11,  //
                                   12, 13, 18, 19, 14, 15, 20, 21, 16, 17, 22, 23}));
  write({"key_cache.0", "value_cache.0"}, "[3, 2, 2]", 12);  // three tokens, two heads
  EXPECT_EQ(load_kv_safetensors(path).width, 4u);
  EXPECT_EQ(values()[5], 5);
}

TEST_F(KvSafetensorsTest, ScalesAndPositionsAreLeftOut) {
  const std::string header =
      R"({"layers.0.k": {"dtype": "F8_E4M3", "shape": [1, 2], "data_offsets": [0, 2]},)"
      R"("layers.0.k_scale": {"dtype": "F32", "shape": [1], "data_offsets": [2, 6]},)"
      R"("layers.0.v": {"dtype": "F8_E4M3", "shape": [1, 2], "data_offsets": [6, 8]},)"
      R"("positions": {"dtype": "I64", "shape": [1], "data_offsets": [8, 16]}})";
  const std::uint64_t length = header.size();
  std::string file(sizeof length, '\0');
  std::memcpy(file.data(), &length, sizeof length);
  std::ofstream(path, std::ios::binary) << file + header + "\1\2abcd\3\4positive";
  EXPECT_EQ(load_kv_safetensors(path).layers, 1u);
  EXPECT_EQ(values(), (std::vector{1, 2, 3, 4}));
}

TEST_F(KvSafetensorsTest, RefusesWhatIsNoWholeCache) {
  write({"layers.0.k"}, "[1, 2]", 2);
  EXPECT_EQ(refusal(), "no tensor is layer 0, v");
  write({"layers.0.k", "layers.0.v", "layers.2.k"}, "[1, 2]", 2);
  EXPECT_EQ(refusal(), "no tensor is layer 1, k");
  write({"layers.0.k", "layers.0.key"}, "[1, 2]", 2);
  EXPECT_EQ(refusal(), "tensors 'layers.0.k' and 'layers.0.key' are both layer 0, k");
  write({"layers.0.k", "rope"}, "[1, 2]", 2);
  EXPECT_EQ(refusal(), "tensor 'rope': its name does not say its layer and whether it is k or v");
  write({"layers.0.k", "layers.0.v"}, "[2]", 2);
  EXPECT_EQ(refusal(),
            "tensor 'layers.0.k' has shape [2], expected [tokens, width], [tokens, heads, "
            "head_dim] or [sequences, heads, tokens, head_dim]");
  write({"layers.0.k", "layers.0.v"}, "[1, 2]", 4, "F16");
  EXPECT_EQ(refusal(), "tensor 'layers.0.k' is F16, expected tensors of BF16, F8_E5M2 or F8_E4M3");
  write({}, "[1]", 0);
  EXPECT_EQ(refusal(), "no tensors");
  std::ofstream(path) << "x";
  EXPECT_EQ(refusal(), "not a .safetensors file: shorter than 8 bytes");
  std::filesystem::remove(path);
  EXPECT_EQ(refusal(), "no such file, expected a dump of a KV cache");
}

}  // namespace
}  // namespace splitbench
