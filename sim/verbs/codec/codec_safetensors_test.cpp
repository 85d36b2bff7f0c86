#include <random>

#include "sim/verbs/codec/codec_command_test.hpp"

namespace splitbench {
namespace {

namespace fs = std::filesystem;

/// Two layers of K in bf16 and V in fp8, in neither the order of names nor that of the elements.
std::string mixed_file() {
  const std::string header =
      R"({"__metadata__": {"format": "pt"},)"
      R"("layers.1.v": {"dtype": "F8_E4M3", "shape": [3, 500], "data_offsets": [4000, 5500]},)"
      R"("layers.0.k": {"dtype": "BF16", "shape": [1000], "data_offsets": [0, 2000]},)"
      R"("layers.0.v": {"dtype": "F8_E5M2", "shape": [2000], "data_offsets": [2000, 4000]},)"
      R"("empty": {"dtype": "BF16", "shape": [0, 4], "data_offsets": [5500, 5500]}}   )";
  std::string elements;
  for (int i = 0; i < 5500; ++i) elements += static_cast<char>(i < 2000 && i % 2 ? 0x3f : i % 12);
  return safetensors(header, elements);
}

TEST_F(CodecCommandTest, ASafetensorsFileComesBackBitForBit) {
  write("kv.safetensors", mixed_file());
  run({"encode", path("kv.safetensors"), path("kv.szf")});
  run({"decode", path("kv.szf"), path("back.safetensors")});
  EXPECT_EQ(read("back.safetensors"), mixed_file());
  const auto json = run_json({"inspect", path("kv.szf")});
  EXPECT_EQ(json.at("element_type"), "mixed");
  EXPECT_EQ(json.at("frames"), 4);
  EXPECT_EQ(json.at("raw_bytes"), 5500);
  EXPECT_EQ(json.at("elements"), 1000 + 2000 + 1500);
}

/// A kind of damage: bytes changed, cut off, repeated or put in.
std::string damaged(std::string file, std::mt19937_64& random) {
  const auto at = [&] { return random() % file.size(); };
  switch (random() % 5) {
    case 0:
      for (int i = 0; i < 4; ++i) file[at()] = static_cast<char>(random());
      return file;
    case 1:
      file.resize(at());
      return file;
    case 2:
      file.insert(at(), file.substr(at(), random() % 300));
      return file;
    case 3:
      file.erase(at(), 1 + random() % 300);
      return file;
    default:
      file[at()] ^= static_cast<char>(1 << random() % 8);
      return file;
  }
}

TEST_F(CodecCommandTest, ThreeThousandDamagedFilesOfRankedFramesAreRefusedOrRight) {
  std::string elements;
  for (int i = 0; i < 6000; ++i) elements += {static_cast<char>(0x80 + i % 100), '\x3f'};
  write("kv.safetensors",
        safetensors(
            R"({"layers.0.k": {"dtype": "BF16", "shape": [3000], "data_offsets": [0, 6000]},)"
            R"("layers.0.v": {"dtype": "BF16", "shape": [3000], "data_offsets": [6000, 12000]}})",
            elements));
  run({"encode", path("kv.safetensors"), path("kv.szf"), "--codec", "ranked"});
  ASSERT_LT(fs::file_size(path("kv.szf")), fs::file_size(path("kv.safetensors")));
  const std::string whole = read("kv.szf");
  std::mt19937_64 random(28);
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    write("bad.szf", damaged(whole, random));
    fs::remove(path("back.safetensors"));
    testing::internal::CaptureStdout();
    const std::string said = refusal({"decode", path("bad.szf"), path("back.safetensors")});
    testing::internal::GetCapturedStdout();
    if (said != "accepted") {
      ++refused;
      EXPECT_TRUE(said.starts_with(path("bad.szf") + ": ")) << said;
      EXPECT_FALSE(fs::exists(path("back.safetensors")));
    } else {
      ASSERT_EQ(read("back.safetensors"), read("kv.safetensors")) << i;
    }
  }
  EXPECT_GT(refused, 2900);
}

TEST_F(CodecCommandTest, AFileWithoutTensorsComesBackToo) {
  write("none.safetensors", safetensors("{}", ""));
  run({"encode", path("none.safetensors"), path("none.szf")});
  run({"decode", path("none.szf"), path("back.safetensors")});
  EXPECT_EQ(read("back.safetensors"), read("none.safetensors"));
  EXPECT_EQ(run_json({"inspect", path("none.szf")}).at("element_type"), "none");
}

TEST_F(CodecCommandTest, DecodesTheElementsAloneWhereTheSuffixSaysSo) {
  const std::string header = R"({"b": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]},)"
                             R"("a": {"dtype": "BF16", "shape": [2], "data_offsets": [4, 8]}})";
  write("kv.safetensors", safetensors(header, "ABCDEFGH"));
  run({"encode", path("kv.safetensors"), path("kv.szf")});
  run({"decode", path("kv.szf"), path("back.bf16")});
  EXPECT_EQ(read("back.bf16"), "ABCDEFGH");
  expect_refusal({"decode", path("kv.szf"), path("back.e4m3")}, "give it the suffix .safetensors");
}

TEST_F(CodecCommandTest, RawElementsDoNotBecomeASafetensorsFile) {
  write_dump();
  run({"encode", path("kv.bf16"), path("kv.szf")});
  expect_refusal({"decode", path("kv.szf"), path("back.safetensors")},
                 "it holds raw elements, not a .safetensors file");
}

TEST_F(CodecCommandTest, CodebooksFindTensorsByTheirNames) {
  write("kv.safetensors", mixed_file());
  run({"calibrate", path("kv.safetensors"), "-o", path("codebooks.json")});
  run({"encode", path("kv.safetensors"), path("kv.szf"), "--codebook", path("codebooks.json")});
  run({"decode", path("kv.szf"), path("back.safetensors")});
  EXPECT_EQ(read("back.safetensors"), mixed_file());
  const auto json = nlohmann::json::parse(read("codebooks.json"));
  EXPECT_EQ(json.at("codebooks")[0].at("layer"), 0);
  EXPECT_EQ(json.at("codebooks")[0].at("class"), "k");
}

TEST_F(CodecCommandTest, RefusesTensorsOfOtherTypesByName) {
  write("kv.safetensors",
        safetensors(R"({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}})", "abcd"));
  expect_refusal(
      {"encode", path("kv.safetensors"), path("out")},
      "kv.safetensors: tensor 'w' is F32, expected BF16, F8_E5M2 or F8_E4M3; convert it");
  EXPECT_FALSE(std::filesystem::exists(path("out")));
}

TEST_F(CodecCommandTest, ASafetensorsFileNeedsNoType) {
  write("kv.safetensors", mixed_file());
  expect_refusal({"encode", path("kv.safetensors"), path("out"), "--type", "bf16"},
                 "--type is for raw elements");
}

}  // namespace
}  // namespace splitbench
