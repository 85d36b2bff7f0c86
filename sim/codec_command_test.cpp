#include "sim/codec_command.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

namespace fs = std::filesystem;

class CodecCommandTest : public testing::Test {
 protected:
  CodecCommandTest() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~CodecCommandTest() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  void write(const std::string& name, const std::string& contents) const {
    std::ofstream(path(name), std::ios::binary) << contents;
  }
  std::string read(const std::string& name) const {
    std::ifstream stream(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  /// Two layers of K and V, 512 elements each: 1.0 and the bf16 numbers behind it.
  void write_dump() const {
    std::string elements;
    for (int i = 0; i < 2 * 2 * 512; ++i) elements += {static_cast<char>(0x80 + i % 100), '\x3f'};
    write("kv.bf16", elements);
    write("kv.json", R"({"shape": [2, 2, 64, 8]})");
  }

  std::string run(const std::vector<std::string>& arguments) const {
    testing::internal::CaptureStdout();
    EXPECT_EQ(codec_command(arguments), 0);
    return testing::internal::GetCapturedStdout();
  }

  /// The one line a refused command line leaves behind.
  std::string refusal(const std::vector<std::string>& arguments) const {
    try {
      codec_command(arguments);
    } catch (const InputError& error) {
      return error.what();
    }
    return "accepted";
  }

 private:
  fs::path folder_ =
      fs::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(CodecCommandTest, DecodeGivesBackTheFileThatWasEncoded) {
  write_dump();
  run({"encode", path("kv.bf16"), path("kv.szf")});
  run({"decode", path("kv.szf"), path("back.bf16")});
  EXPECT_EQ(read("back.bf16"), read("kv.bf16"));
}

TEST_F(CodecCommandTest, InspectSaysWhatIsInTheFile) {
  write_dump();
  run({"encode", path("kv.bf16"), path("kv.szf")});
  const auto json = nlohmann::json::parse(run({"inspect", path("kv.szf"), "--format", "json"}));
  EXPECT_EQ(json.at("element_type"), "bf16");
  EXPECT_EQ(json.at("elements"), 2048);
  EXPECT_EQ(json.at("raw_bytes"), 4096);
  EXPECT_EQ(json.at("frames"), 4);
  EXPECT_EQ(json.at("frame_bytes").get<std::size_t>() + 32, fs::file_size(path("kv.szf")));
  EXPECT_EQ(json.at("escapes"), 0);
  EXPECT_EQ(json.at("escape_rate"), 0);
  EXPECT_NEAR(json.at("published_layout_ratio").get<double>(), 4.0 / 3, 1e-12);
  EXPECT_EQ(json.at("codebooks").size(), 1u);
  EXPECT_NE(run({"inspect", path("kv.szf")}).find("escape_rate"), std::string::npos);
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
  EXPECT_EQ(
      nlohmann::json::parse(run({"inspect", path("kv.szf"), "--format", "json"})).at("frames"), 1);
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
  damaged[32 + 900 + 300] ^= 1;  // within the second of four frames
  for (const std::string& bad :
       {damaged, whole.substr(0, whole.size() - 1), whole + '\0', std::string("x")}) {
    write("bad.szf", bad);
    EXPECT_NE(refusal({"decode", path("bad.szf"), path("back.bf16")}).find("bad.szf: "),
              std::string::npos);
    EXPECT_EQ(refusal({"inspect", path("bad.szf")}),
              refusal({"decode", path("bad.szf"), path("back.bf16")}));
    EXPECT_FALSE(fs::exists(path("back.bf16")));
  }
  write("bad.szf", damaged);
  EXPECT_NE(refusal({"inspect", path("bad.szf")}).find("bad.szf: frame 1: "), std::string::npos);
}

TEST_F(CodecCommandTest, RefusesAnInputThatIsNotWholeElementsOrNotOfItsShape) {
  write("odd.bf16", "abc");
  EXPECT_NE(refusal({"encode", path("odd.bf16"), path("out")}).find("odd.bf16: 3 bytes"),
            std::string::npos);
  write_dump();
  write("kv.bf16", read("kv.bf16") + "xx");
  EXPECT_NE(refusal({"encode", path("kv.bf16"), path("out")}).find("kv.bf16: 4098 bytes"),
            std::string::npos);
  EXPECT_FALSE(fs::exists(path("out")));
}

TEST_F(CodecCommandTest, RefusesACodebookThatDoesNotFit) {
  write_dump();
  write("bad.json", "{}");
  const std::vector<std::string> bad = {"encode", path("kv.bf16"), path("out"), "--codebook",
                                        path("bad.json")};
  EXPECT_NE(refusal(bad).find("bad.json: not a file of codebooks"), std::string::npos);
  run({"calibrate", path("kv.bf16"), "-o", path("codebooks.json")});
  fs::remove(path("kv.json"));
  const std::vector<std::string> layers = {"encode", path("kv.bf16"), path("out"), "--codebook",
                                           path("codebooks.json")};
  EXPECT_NE(refusal(layers).find("its codebooks are for single layers"), std::string::npos);
  EXPECT_FALSE(fs::exists(path("out")));
}

TEST_F(CodecCommandTest, RefusesAWrongCommandLine) {
  EXPECT_NE(refusal({}).find("expected encode"), std::string::npos);
  EXPECT_NE(refusal({"compress"}).find("expected encode"), std::string::npos);
  EXPECT_NE(refusal({"encode", path("in")}).find("expected IN OUT"), std::string::npos);
  EXPECT_NE(refusal({"encode", path("none"), path("out")}).find("none: "), std::string::npos);
  EXPECT_NE(refusal({"inspect", path("in"), "--form", "json"}).find("--form"), std::string::npos);
  EXPECT_NE(refusal({"inspect", path("in"), "--format", "xml"}).find("expected table or json"),
            std::string::npos);
}

TEST_F(CodecCommandTest, HelpOpensWithExamples) {
  EXPECT_EQ(run({"encode", "--help"}).rfind("splitbench codec encode", 0), 0u);
}

}  // namespace
}  // namespace splitbench
