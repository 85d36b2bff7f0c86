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
      char& byte = file[at()];
      byte = static_cast<char>(byte ^ 1 << random() % 8);
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

/// FP8 as U8, its scale, F16, and positions; 2,000 elements of FP8 of which each is one of 12.
std::string foreign_file() {
  const std::string header =
      R"({"layers.0.k": {"dtype": "U8", "shape": [4, 500], "data_offsets": [0, 2000]},)"
      R"("layers.0.k_scale": {"dtype": "F32", "shape": [1], "data_offsets": [2000, 2004]},)"
      R"("layers.0.v": {"dtype": "F16", "shape": [1000], "data_offsets": [2004, 4004]},)"
      R"("latent": {"dtype": "BF16", "shape": [500], "data_offsets": [4004, 5004]},)"
      R"("layers.1.k": {"dtype": "F8_E4M3FNUZ", "shape": [2000], "data_offsets": [5004, 7004]},)"
      R"("packed": {"dtype": "F4", "shape": [3, 2], "data_offsets": [7004, 7007]},)"
      R"("later": {"dtype": "F128", "shape": [9], "data_offsets": [7007, 7012]},)"
      R"("positions": {"dtype": "I64", "shape": [2], "data_offsets": [7012, 7028]}})";
  std::string elements;
  for (int i = 0; i < 7028; ++i)
    elements += static_cast<char>(i < 2000 || (i >= 5004 && i < 7004) ? 0x30 + i % 12 : i * 37);
  return safetensors(header, elements);
}

TEST_F(CodecCommandTest, TensorsOfOtherTypesComeBackBitForBit) {
  write("kv.safetensors", foreign_file());
  for (const std::vector<std::string>& type : std::vector<std::vector<std::string>>{
           {}, {"--type", "fp8_e4m3"}, {"--type", "fp8_e5m2", "--codec", "ranked"}}) {
    std::vector<std::string> arguments = {"encode", path("kv.safetensors"), path("kv.szf")};
    arguments.insert(arguments.end(), type.begin(), type.end());
    const std::string said = run(arguments);
    const std::size_t carried = type.empty() ? 6 : 5;
    EXPECT_NE(said.find("carried as they are: " + std::to_string(carried) + "\n"), said.npos)
        << said;
    const auto json = run_json({"inspect", path("kv.szf")});
    EXPECT_EQ(json.at("frames"), 8);
    EXPECT_EQ(json.at("carried_frames"), carried);
    EXPECT_EQ(json.at("raw_bytes"), 7028);
    EXPECT_EQ(json.at("elements"), 500 + 2000 + (type.empty() ? 0 : 2000));
    run({"decode", path("kv.szf"), path("back.safetensors")});
    EXPECT_EQ(read("back.safetensors"), foreign_file());
    expect_refusal({"decode", path("kv.szf"), path("back.e4m3")}, "which ");
  }
}

TEST_F(CodecCommandTest, BytesTakenForFp8AreCodedAsFp8) {
  std::string elements;
  for (int i = 0; i < 20'000; ++i) elements += static_cast<char>(0x30 + i % 12);
  const auto file = [&](const std::string& dtype) {
    return safetensors(R"({"layers.0.k": {"dtype": ")" + dtype +
                           R"(", "shape": [20000], "data_offsets": [0, 20000]}})",
                       elements);
  };
  write("u8.safetensors", file("U8"));
  write("fnuz.safetensors", file("F8_E4M3FNUZ"));
  write("kv.e4m3", elements);
  run({"encode", path("u8.safetensors"), path("u8.szf"), "--type", "fp8_e4m3"});
  run({"encode", path("fnuz.safetensors"), path("fnuz.szf")});
  run({"encode", path("kv.e4m3"), path("raw.szf")});
  const auto raw = run_json({"inspect", path("raw.szf")});
  EXPECT_GT(raw.at("ratio"), 1.05);
  for (const char* name : {"u8.szf", "fnuz.szf"}) {
    const auto json = run_json({"inspect", path(name)});
    EXPECT_EQ(json.at("frame_bytes"), raw.at("frame_bytes"));
    EXPECT_EQ(json.at("element_type"), "fp8_e4m3");
    run({"decode", path(name), path("back.e4m3")});
    EXPECT_EQ(read("back.e4m3"), elements);
  }
}

TEST_F(CodecCommandTest, StatsSayWhatCodesWouldGiveF16) {
  // Exponents 0 to 19, 50 of each: 16 of the 20 are 80%, and 16 / (15 + 0.2 x 24) is 0.8081.
  std::string halves;
  for (int i = 0; i < 1000; ++i) halves += {'\0', static_cast<char>(i % 20 << 2)};
  write("kv.safetensors",
        safetensors(R"({"k": {"dtype": "F16", "shape": [1000], "data_offsets": [0, 2000]}})",
                    halves));
  const auto json = run_json({"stats", path("kv.safetensors")});
  ASSERT_EQ(json.at("carried").size(), 1u);
  EXPECT_EQ(json.at("carried")[0].at("element_type"), "F16");
  EXPECT_NEAR(json.at("carried")[0].at("entropy_bits").get<double>(), 4.321928, 1e-6);
  EXPECT_NEAR(json.at("carried")[0].at("top_16").get<double>(), 0.8, 1e-9);
  EXPECT_NEAR(json.at("carried")[0].at("top_16_ratio").get<double>(), 16 / 19.8, 1e-9);
  EXPECT_EQ(json.at("carried")[0].at("histogram").at("19"), 50);
  const std::string table = run({"stats", path("kv.safetensors")});
  EXPECT_EQ(table.substr(0, table.find('\n')), "not coded, carried as they are");
}

TEST_F(CodecCommandTest, ATypeIsForTensorsThatDoNotSayTheirs) {
  write("kv.safetensors", mixed_file());
  for (const char* type : {"bf16", "fp8_e4m3"})
    expect_refusal({"encode", path("kv.safetensors"), path("out"), "--type", type},
                   "is for raw elements and for tensors of U");
  EXPECT_FALSE(std::filesystem::exists(path("out")));
}

}  // namespace
}  // namespace splitbench
