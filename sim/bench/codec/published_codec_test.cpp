#include "sim/bench/codec/published_codec.hpp"

#include <cstdlib>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "workloads/input_error.hpp"
#include "workloads/scratch_folder.hpp"

namespace splitbench {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// Stands in for a machine with Python, torch and a GPU: a checkout, and a python3 on PATH that is
/// a shell script.
class PublishedCodecTest : public ::testing::Test {
 protected:
  PublishedCodecTest() {
    const std::ofstream present(folder_.file("codec_gpu.py"));
    setenv("PATH", (folder_.path().string() + ":" + path_).c_str(), 1);
  }
  ~PublishedCodecTest() override { setenv("PATH", path_.c_str(), 1); }

  void let_python(const std::string& commands) const {
    const std::filesystem::path file = folder_.file("python3");
    std::ofstream(file) << "#!/bin/sh\n" << commands << '\n';
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  }

  BenchRow measure() const { return PublishedCodec(folder_.path()).measure(elements_, case_); }

  std::string refusal() const {
    try {
      measure();
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }

  const ScratchFolder folder_;
  const std::string path_ = getenv("PATH");
  const BenchElements elements_{
      .type = ElementType::bf16,
      .pieces = {{.bytes = std::vector<std::byte>(4096), .codebooks = {}}},
      .escape_rate = 0};
  const BenchCase case_{.destination = BenchDestination::device,
                        .bytes = 8192,
                        .tensors = 1,
                        .repeats = 3,
                        .max_blocks = 0,
                        .threads = 1};
};

TEST_F(PublishedCodecTest, ItsRowHasTheMediansThatPythonSays) {
  let_python(R"sh(test "$1" = -c && test -f "$3/codec_gpu.py" || exit 1
test "$(wc -c < "$4")" = 4096 && test "$5" = 8192 && test "$6" = 3 || exit 1
echo '{"device": "a GPU", "copy_seconds": [1, 2, 3], "encode_seconds": [4, 8, 6],
       "decode_seconds": [5, 5, 5], "encoded_bytes": 6144, "escapes": 1024}')sh");
  const BenchRow row = measure();
  EXPECT_EQ(row.device, "a GPU");
  EXPECT_EQ(row.backend, "cuda");
  EXPECT_EQ(row.bench.codec.name, "splitzip-published");
  EXPECT_EQ(row.copy_out.seconds, 2);
  EXPECT_EQ(row.copy_in.seconds, 2);
  EXPECT_EQ(row.encode.seconds, 6);
  EXPECT_EQ(row.decode.seconds, 5);
  EXPECT_EQ(row.frame_bytes, 6144u);
  EXPECT_EQ(row.escape_rate, 0.25);
}

TEST_F(PublishedCodecTest, WhatPythonComplainsOfIsQuoted) {
  let_python(
      "echo Traceback >&2; echo \"ModuleNotFoundError: No module named 'torch'\" >&2; exit 1");
  EXPECT_THAT(refusal(), AllOf(HasSubstr("--reference " + folder_.path().string()),
                               HasSubstr("No module named 'torch'")));
  let_python("exit 3");
  EXPECT_THAT(refusal(), HasSubstr("exited with 3"));
  let_python("kill -9 $$");
  EXPECT_THAT(refusal(), HasSubstr("killed by signal 9"));
}

TEST_F(PublishedCodecTest, AnAnswerThatIsNoneIsRefused) {
  let_python("echo done");
  EXPECT_THAT(refusal(), HasSubstr("--reference"));
  let_python("echo '{\"device\": \"a GPU\", \"encode_seconds\": []}'");
  EXPECT_THAT(refusal(), HasSubstr("--reference"));
}

TEST_F(PublishedCodecTest, WithoutPythonItSaysWhereItLooked) {
  setenv("PATH", folder_.path().c_str(), 1);
  EXPECT_THAT(refusal(), HasSubstr("is it on PATH?"));
}

TEST_F(PublishedCodecTest, ItEncodesOneTensorOfBf16InAGpusMemory) {
  const auto runs = [&](auto change) {
    BenchCase bench = case_;
    change(bench);
    return PublishedCodec::runs(elements_, bench);
  };
  EXPECT_TRUE(PublishedCodec::runs(elements_, case_));
  EXPECT_FALSE(runs([](BenchCase& bench) { bench.tensors = 2; }));
  EXPECT_FALSE(runs([](BenchCase& bench) { bench.tensors = 0; }));  // two of 4096 bytes
  EXPECT_FALSE(runs([](BenchCase& bench) { bench.destination = BenchDestination::host; }));
  EXPECT_FALSE(runs([](BenchCase& bench) { bench.destination = BenchDestination::pinned; }));
  EXPECT_FALSE(runs([](BenchCase& bench) { bench.max_blocks = 8; }));
  BenchElements fp8 = elements_;
  fp8.type = ElementType::fp8_e4m3;
  EXPECT_FALSE(PublishedCodec::runs(fp8, case_));
}

TEST_F(PublishedCodecTest, AFolderThatIsNoCheckoutIsRefused) {
  EXPECT_THROW(PublishedCodec("/"), InputError);
}

}  // namespace
}  // namespace splitbench
