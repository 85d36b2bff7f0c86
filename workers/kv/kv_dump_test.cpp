#include "workers/kv/kv_dump.hpp"

#include <fstream>
#include <gtest/gtest.h>

#include "workloads/input_error.hpp"
#include "workloads/scratch_folder.hpp"

namespace splitbench {
namespace {

struct KvDumpTest : testing::Test {
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder / name, std::ios::binary) << text;
  }
  std::string error(const char* file = "dump.bf16", ElementType wanted = ElementType::bf16) {
    try {
      load_kv_dump(folder / file, wanted);
    } catch (const InputError& e) {
      return e.what();
    }
    return "none";
  }

  const ScratchFolder scratch;
  const std::filesystem::path folder = scratch.path();
};

TEST_F(KvDumpTest, ReadsValuesInTheOrderOfItsShape) {
  write("dump.json", R"({"shape": [2, 2, 3, 4], "model": "x"})");
  std::string bytes;
  for (char i = 0; i < 48; ++i) bytes += {i, '\1'};
  write("dump.bf16", bytes);
  const KvDump dump = load_kv_dump(folder / "dump.bf16", ElementType::bf16);
  EXPECT_EQ(dump.layers, 2u);
  EXPECT_EQ(dump.tokens, 3u);
  EXPECT_EQ(dump.width, 4u);
  EXPECT_EQ(dump.values[94], std::byte{47});
  EXPECT_EQ(dump.values[95], std::byte{1});
}

TEST_F(KvDumpTest, TakesElementsOfTheTypeWantedAsTheyAreAndBf16ForAnyType) {
  write("dump.json", R"({"shape": [1, 2, 3, 4]})");
  write("dump.e5m2", std::string(24, 'x'));
  write("dump.bf16", std::string(48, 'x'));
  const KvDump fp8 = load_kv_dump(folder / "dump.e5m2", ElementType::fp8_e5m2);
  EXPECT_EQ(fp8.element_type, ElementType::fp8_e5m2);
  EXPECT_EQ(fp8.values, std::vector(24, std::byte{'x'}));
  EXPECT_EQ(load_kv_dump(folder / "dump.bf16", ElementType::fp8_e4m3).element_type,
            ElementType::bf16);
}

TEST_F(KvDumpTest, RefusesElementsOfAnotherType) {
  write("dump.json", R"({"shape": [1, 2, 3, 4]})");
  write("dump.e5m2", std::string(24, 'x'));
  const std::string file = (folder / "dump.e5m2").string();
  for (const ElementType wanted : {ElementType::bf16, ElementType::fp8_e4m3})
    EXPECT_EQ(error("dump.e5m2", wanted), file + ": elements of fp8_e5m2, but kv_dtype is " +
                                              std::string(name(wanted)) + "; only bf16 is rounded");
  write("dump.e5m2", std::string(25, 'x'));
  EXPECT_EQ(error("dump.e5m2", ElementType::fp8_e5m2),
            file + ": 25 bytes, but its .json says [1, 2, 3, 4], one byte each");
}

TEST_F(KvDumpTest, RefusesASizeThatItsShapeContradicts) {
  write("dump.json", R"({"shape": [2, 2, 3, 4]})");
  write("dump.bf16", std::string(95, 'x'));
  EXPECT_EQ(error(), (folder / "dump.bf16").string() +
                         ": 95 bytes, but its .json says [2, 2, 3, 4], two bytes each");
}

TEST_F(KvDumpTest, AShapeBeyondAllCountingDoesNotWrapAround) {
  write("dump.json", R"({"shape": [1000, 2, 536870912, 536870912]})");
  write("dump.bf16", "");
  EXPECT_EQ(error(),
            (folder / "dump.bf16").string() +
                ": 0 bytes, but its .json says [1000, 2, 536870912, 536870912], two bytes each");
}

TEST_F(KvDumpTest, NamesTheFileThatIsMissingOrHasNoShape) {
  EXPECT_EQ(error(),
            (folder / "dump.bf16").string() + ": no such file, expected a dump of a KV cache");
  write("dump.bf16", "");
  const std::string json = (folder / "dump.json").string();
  EXPECT_EQ(error(), json + ": no such file, expected a JSON file with the dump's shape");
  const std::string wanted =
      json +
      R"(: expected "shape": [layers, 2, tokens, kv_heads * head_dim] with at most 1000 layers)";
  for (const char* text :
       {"", "{", "[]", "{}", R"({"shape": [2, 2, 3]})", R"({"shape": [2, 3, 3, 4]})",
        R"({"shape": [2, 2, -3, 4]})", R"({"shape": "2"})", R"({"shape": [2,2,0,4]})",
        R"({"shape": [1001,2,3,4]})"}) {
    write("dump.json", text);
    EXPECT_EQ(error(), wanted) << text;
  }
}

}  // namespace
}  // namespace splitbench
