#include "workers/kv_dump.hpp"

#include <fstream>
#include <gtest/gtest.h>

#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

struct KvDumpTest : testing::Test {
  KvDumpTest() : folder(testing::TempDir() + "/kv_dump_test." + std::to_string(getpid())) {
    std::filesystem::create_directories(folder);
  }
  ~KvDumpTest() override { std::filesystem::remove_all(folder); }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder / name, std::ios::binary) << text;
  }
  std::string error() {
    try {
      load_kv_dump(folder / "dump.bf16");
    } catch (const InputError& e) {
      return e.what();
    }
    return "none";
  }
  std::filesystem::path folder;
};

TEST_F(KvDumpTest, ReadsValuesInTheOrderOfItsShape) {
  write("dump.json", R"({"shape": [2, 2, 3, 4], "model": "x"})");
  std::string bytes;
  for (char i = 0; i < 48; ++i) bytes += {i, '\1'};
  write("dump.bf16", bytes);
  const KvDump dump = load_kv_dump(folder / "dump.bf16");
  EXPECT_EQ(dump.layers, 2u);
  EXPECT_EQ(dump.tokens, 3u);
  EXPECT_EQ(dump.width, 4u);
  EXPECT_EQ(dump.values[47], 0x12f);
}

TEST_F(KvDumpTest, RefusesASizeThatItsShapeContradicts) {
  write("dump.json", R"({"shape": [2, 2, 3, 4]})");
  write("dump.bf16", std::string(95, 'x'));
  EXPECT_EQ(error(), (folder / "dump.bf16").string() +
                         ": 95 bytes, but its .json says [2, 2, 3, 4], two bytes each");
}

TEST_F(KvDumpTest, AShapeBeyondAllCountingDoesNotWrapAround) {
  write("dump.json", R"({"shape": [536870912, 2, 536870912, 536870912]})");
  write("dump.bf16", "");
  EXPECT_EQ(
      error(),
      (folder / "dump.bf16").string() +
          ": 0 bytes, but its .json says [536870912, 2, 536870912, 536870912], two bytes each");
}

TEST_F(KvDumpTest, NamesTheFileThatIsMissingOrHasNoShape) {
  EXPECT_EQ(error(), (folder / "dump.bf16").string() + ": No such file or directory");
  write("dump.bf16", "");
  const std::string json = (folder / "dump.json").string();
  EXPECT_EQ(error(), json + ": no such file; it gives the dump's shape");
  const std::string wanted =
      json + R"(: expected "shape": [layers, 2, tokens, kv_heads * head_dim])";
  for (const char* text :
       {"", "{", "[]", "{}", R"({"shape": [2, 2, 3]})", R"({"shape": [2, 3, 3, 4]})",
        R"({"shape": [2, 2, -3, 4]})", R"({"shape": "2"})", R"({"shape": [2,2,0,4]})"}) {
    write("dump.json", text);
    EXPECT_EQ(error(), wanted) << text;
  }
}

}  // namespace
}  // namespace splitbench
