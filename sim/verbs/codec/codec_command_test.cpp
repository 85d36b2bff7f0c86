#include "sim/verbs/codec/codec_command_test.hpp"

#include <regex>

namespace splitbench {
namespace {

namespace fs = std::filesystem;

TEST_F(CodecCommandTest, DecodeGivesBackTheFileThatWasEncoded) {
  write_dump();
  for (const char* const threads : {"1", "3"}) {
    run({"encode", path("kv.bf16"), path("kv.szf"), "--threads", threads});
    run({"decode", path("kv.szf"), path("back.bf16"), "--threads", threads});
    EXPECT_EQ(read("back.bf16"), read("kv.bf16"));
  }
}

TEST_F(CodecCommandTest, InspectSaysWhatIsInTheFile) {
  write_dump();
  run({"encode", path("kv.bf16"), path("kv.szf")});
  const auto json = run_json({"inspect", path("kv.szf")});
  EXPECT_EQ(json.at("element_type"), "bf16");
  EXPECT_EQ(json.at("elements"), 2048);
  EXPECT_EQ(json.at("raw_bytes"), 4096);
  EXPECT_EQ(json.at("frames"), 4);
  EXPECT_EQ(json.at("frame_bytes").get<std::size_t>() + 128, fs::file_size(path("kv.szf")));
  EXPECT_EQ(json.at("escapes"), 0);
  EXPECT_EQ(json.at("escape_rate"), 0);
  EXPECT_NEAR(json.at("published_layout_ratio").get<double>(), 4.0 / 3, 1e-12);
  EXPECT_EQ(json.at("codebooks").size(), 1u);
  EXPECT_EQ(json.at("codebooks")[0].at("exponents").size(), 16u);
  EXPECT_NE(run({"inspect", path("kv.szf")}).find("escape_rate"), std::string::npos);
}

TEST_F(CodecCommandTest, RankedFramesComeBackAndSayWhatTheyAre) {
  write_dump(2048);
  run({"encode", path("kv.bf16"), path("kv.szf"), "--codec", "ranked"});
  run({"decode", path("kv.szf"), path("back.bf16")});
  EXPECT_EQ(read("back.bf16"), read("kv.bf16"));
  const auto json = run_json({"inspect", path("kv.szf")});
  EXPECT_EQ(json.at("codec"), "ranked");
  EXPECT_EQ(json.at("frames"), 4);
  EXPECT_EQ(json.at("stored_frames"), 0);
  EXPECT_EQ(json.at("escapes"), 0);
  EXPECT_EQ(json.at("published_layout_ratio"), 1);
  for (const auto& codebook : json.at("codebooks")) {
    EXPECT_EQ(codebook.at("codec"), "ranked");
    EXPECT_EQ(codebook.at("exponents").size(), 13u);
    EXPECT_EQ(codebook.at("exponents")[0], 127);
  }
  run({"encode", path("kv.bf16"), path("plain.szf")});
  EXPECT_EQ(run_json({"inspect", path("plain.szf")}).at("codec"), "splitzip");
}

TEST_F(CodecCommandTest, TheEscapesOfRankedFramesAreCounted) {
  std::string elements;
  for (int i = 0; i < 20'000; ++i) {
    const bool rare = i % 100 == 0;  // an exponent of 0, where 13 others are far more frequent
    elements += {'\0', static_cast<char>(rare ? 0 : 0x30 + i % 13)};
  }
  write("kv.bf16", elements);
  const std::string said =
      run({"encode", path("kv.bf16"), path("kv.szf"), "--codec", "ranked", "--threads", "2"});
  EXPECT_NE(said.find(", 200 escapes"), std::string::npos) << said;
  const auto json = run_json({"inspect", path("kv.szf")});
  EXPECT_EQ(json.at("escapes"), 200);
  EXPECT_DOUBLE_EQ(json.at("escape_rate").get<double>(), 0.01);
}

TEST_F(CodecCommandTest, ACodebookFileServesBothCodecs) {
  write_dump(2048);
  run({"calibrate", path("kv.bf16"), "-o", path("codebooks.json")});
  for (const char* const codec : {"splitzip", "ranked"}) {
    run({"encode", path("kv.bf16"), path("own.szf"), "--codec", codec});
    run({"encode", path("kv.bf16"), path("given.szf"), "--codec", codec, "--codebook",
         path("codebooks.json")});
    EXPECT_EQ(read("given.szf"), read("own.szf")) << codec;
  }
}

TEST_F(CodecCommandTest, TheSuffixOrTheOptionSaysWhatRawElementsAre) {
  std::string elements;
  for (int i = 0; i < 8192; ++i) elements += static_cast<char>(0x38 + i % 7);
  const std::vector<std::pair<std::string, std::string>> files = {
      {"a.bf16", "bf16"}, {"a.e5m2", "fp8_e5m2"}, {"a.e4m3", "fp8_e4m3"}, {"a.bin", "bf16"}};
  for (const auto& [file, type] : files) {
    write(file, elements);
    run({"encode", path(file), path("a.szf")});
    EXPECT_EQ(run_json({"inspect", path("a.szf")}).at("element_type"), type);
    run({"encode", path(file), path("a.szf"), "--type", "fp8_e4m3"});
    const auto json = run_json({"inspect", path("a.szf")});
    EXPECT_EQ(json.at("element_type"), "fp8_e4m3");
    EXPECT_EQ(json.at("raw_bytes"), elements.size());
    EXPECT_EQ(json.at("codebooks")[0].at("exponents").size(), 8u);
    EXPECT_NEAR(json.at("published_layout_ratio").get<double>(), 8.0 / 7, 1e-12);
    run({"decode", path("a.szf"), path("back")});
    EXPECT_EQ(read("back"), elements);
  }
}

TEST_F(CodecCommandTest, AShapeSplitsFp8Too) {
  write("kv.e5m2", std::string(2'048, '\x3c'));
  write("kv.json", R"({"shape": [2, 2, 64, 8]})");
  run({"encode", path("kv.e5m2"), path("kv.szf")});
  EXPECT_EQ(run_json({"inspect", path("kv.szf")}).at("frames"), 4);
  expect_refusal({"encode", path("kv.e5m2"), path("out"), "--type", "bf16"},
                 "kv.e5m2: 2048 bytes, but its .json says [2, 2, 64, 8] of bf16");
}

TEST_F(CodecCommandTest, EncodesWithTheCodebooksOfACalibration) {
  write_dump();
  run({"calibrate", path("kv.bf16"), "-o", path("codebooks.json")});
  run({"encode", path("kv.bf16"), path("kv.szf"), "--codebook", path("codebooks.json")});
  EXPECT_EQ(nlohmann::json::parse(read("codebooks.json")).at("codebooks").size(), 4u);
  run({"decode", path("kv.szf"), path("back.bf16")});
  EXPECT_EQ(read("back.bf16"), read("kv.bf16"));
}

TEST_F(CodecCommandTest, AFileWithoutAShapeIsOneTensor) {
  write("kv.bf16", std::string(5000, '\x3f'));
  run({"encode", path("kv.bf16"), path("kv.szf")});
  EXPECT_EQ(run_json({"inspect", path("kv.szf")}).at("frames"), 1);
}

TEST_F(CodecCommandTest, AnEmptyFileComesBackEmpty) {
  write("kv.bf16", "");
  run({"encode", path("kv.bf16"), path("kv.szf")});
  run({"decode", path("kv.szf"), path("back.bf16")});
  EXPECT_TRUE(fs::exists(path("back.bf16")));
  EXPECT_EQ(read("back.bf16"), "");
}

TEST_F(CodecCommandTest, RefusesADamagedFileAndWritesNothing) {
  write_dump();
  run({"encode", path("kv.bf16"), path("kv.szf")});
  const std::string whole = read("kv.szf");
  std::string damaged = whole;
  damaged[128 + whole.size() / 4 + 300] ^= 1;  // within the second of four frames
  for (const std::string& bad :
       {damaged, whole.substr(0, whole.size() - 1), whole + '\0', std::string("x")}) {
    write("bad.szf", bad);
    expect_refusal({"decode", path("bad.szf"), path("back.bf16")}, "bad.szf: ");
    EXPECT_EQ(refusal({"inspect", path("bad.szf")}),
              refusal({"decode", path("bad.szf"), path("back.bf16")}));
    EXPECT_FALSE(fs::exists(path("back.bf16")));
    EXPECT_EQ(std::distance(fs::directory_iterator(path("")), {}), 4);  // nothing unfinished
  }
  write("bad.szf", damaged);
  expect_refusal({"inspect", path("bad.szf")}, "bad.szf: frame 1: ");
}

TEST_F(CodecCommandTest, RefusesAnInputThatIsNotWholeElementsOrNotOfItsShape) {
  write("odd.bf16", "abc");
  expect_refusal({"encode", path("odd.bf16"), path("out")}, "odd.bf16: 3 bytes");
  write_dump();
  write("kv.bf16", read("kv.bf16") + "xx");
  expect_refusal({"encode", path("kv.bf16"), path("out")}, "kv.bf16: 4098 bytes");
  write("kv.json", R"({"shape": [2, 3, 64, 8]})");
  expect_refusal({"encode", path("kv.bf16"), path("out")}, "kv.json: expected \"shape\"");
  EXPECT_FALSE(fs::exists(path("out")));
}

TEST_F(CodecCommandTest, RefusesACodebookThatDoesNotFit) {
  write_dump();
  write("bad.json", "{}");
  expect_refusal({"encode", path("kv.bf16"), path("out"), "--codebook", path("bad.json")},
                 "bad.json: not a file of codebooks");
  run({"calibrate", path("kv.bf16"), "-o", path("codebooks.json")});
  fs::remove(path("kv.json"));
  expect_refusal({"encode", path("kv.bf16"), path("out"), "--codebook", path("codebooks.json")},
                 "calibrate with --scope global");
  write("kv.e4m3", read("kv.bf16"));
  run({"calibrate", path("kv.bf16"), "-o", path("codebooks.json")});
  expect_refusal({"encode", path("kv.e4m3"), path("out"), "--codebook", path("codebooks.json")},
                 "codebooks of bf16, but the elements are fp8_e4m3");
  EXPECT_FALSE(fs::exists(path("out")));
}

TEST_F(CodecCommandTest, RefusesAWrongCommandLine) {
  expect_refusal({}, "expected one of encode, decode");
  expect_refusal({"compress"}, "expected one of encode, decode");
  expect_refusal({"encode", path("in")}, "expected IN OUT");
  expect_refusal({"encode", path("none"), path("out")}, "none: ");
  expect_refusal({"encode", path("in"), path("out"), "--type", "fp16"},
                 "--type fp16, expected one of bf16, fp8_e5m2, fp8_e4m3");
  expect_refusal({"encode", path("in"), path("out"), "--codec", "zstd-1"},
                 "codec encode: --codec zstd-1, expected one of splitzip, ranked");
  expect_refusal({"encode", path("in"), path("out"), "--threads", "0"}, "--threads 0, expected 1");
  expect_refusal({"inspect", path("in"), "--form", "json"}, "--form");
  expect_refusal({"inspect", path("in"), "--format", "xml"}, "expected one of table, json");
  expect_refusal({"stats"}, "expected IN...");
  expect_refusal({"profile"}, "expected IN");
  expect_refusal({"calibrate"}, "expected IN...");
  expect_refusal({"calibrate", path("in"), "--scope", "layer"}, "expected one of per_layer_kv");
  expect_refusal({"compare", path("in")}, "expected A B");
  expect_refusal({"inspect", path("in"), "--format", ""}, "--format '', expected a value");
  expect_refusal({"bench", path("in")}, "expected options alone");
  expect_refusal({"bench", "--type", "bf16,fp16"}, "--type fp16, expected one of bf16");
  expect_refusal({"drift", path("in"), "--policy", "fixed,none,all"},
                 "--policy all, expected one of none, fixed");
}

TEST_F(CodecCommandTest, HelpOpensWithExamplesOfTheVerb) {
  for (const std::string verb : {"encode", "decode", "inspect", "stats", "profile", "calibrate",
                                 "compare", "bench", "drift"}) {
    EXPECT_EQ(run({verb, "--help"}).rfind("splitbench codec " + verb, 0), 0u);
    EXPECT_NE(run({"--help"}).find("\n" + verb), std::string::npos);
  }
}

TEST_F(CodecCommandTest, HelpHasDefaultsAndWordsOfEveryOption) {
  const auto expect_line = [](const std::string& help, const std::string& pattern) {
    EXPECT_TRUE(std::regex_search(help, std::regex(pattern))) << pattern << " in\n" << help;
  };
  const std::string encode = run({"encode", "--help"});
  expect_line(encode, R"(\nsplitbench codec encode IN OUT \[options\]\n)");
  expect_line(encode, R"(\n  --codec CODEC \(=splitzip\) +what makes the frames)");
  expect_line(encode, R"(\n  --type TYPE +of raw elements: bf16, fp8_e5m2, fp8_e4m3\n)");
  expect_line(encode, R"(\n  --threads N \(=\d+\) +at most)");
  expect_line(run({"calibrate", "--help"}), R"(\n  -o \[ --output \] FILE +a codebook file)");
  expect_line(run({"inspect", "--help"}), R"(\n  --format FORMAT \(=table\) +table, json\n)");
  expect_line(run({"bench", "--help"}), R"(\n  --repeats N \(=30\) +timed)");
  expect_line(run({"drift", "--help"}), R"(\n  --requests N \(=128\) +of each)");
}

TEST_F(CodecCommandTest, HelpIsGivenWhateverElseStandsThere) {
  EXPECT_EQ(run({"encode", "one", "--threads", "x", "--help"}), run({"encode", "--help"}));
}

}  // namespace
}  // namespace splitbench
