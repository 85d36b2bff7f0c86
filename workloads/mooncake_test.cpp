#include "workloads/mooncake.hpp"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <string_view>

#include "workloads/input_error.hpp"

namespace splitbench {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::string_view kFirst =
    R"({"timestamp": 0, "input_length": 6758, "output_length": 500, "hash_ids": [0, 1, 2]})"
    "\n";
constexpr std::string_view kSecond =
    R"({"timestamp": 3000, "input_length": 7322, "output_length": 490, "hash_ids": []})"
    "\n";

class MooncakeTest : public testing::Test {
 protected:
  ~MooncakeTest() override { std::filesystem::remove(path_); }

  std::vector<MooncakeRequest> read(std::string_view text, std::uint64_t keep = 0) {
    std::ofstream(path_, std::ios::binary) << text;
    return read_mooncake(path_, keep);
  }

  /// The message without the path it begins with.
  std::string refusal(std::string_view text) {
    try {
      read(text, 1);
    } catch (const InputError& error) {
      const std::string message = error.what();
      EXPECT_TRUE(message.starts_with(path_.string() + ":"));
      return message.substr(path_.string().size() + 1);
    }
    return "was read";
  }

  /// The refusal of a second line.
  std::string refusal_of_line(std::string_view line) {
    return refusal(std::string(kFirst) + std::string(line) + "\n" + std::string(kSecond));
  }

  std::filesystem::path path_ =
      std::filesystem::path(testing::TempDir()) /
      (std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + ".jsonl");
};

TEST_F(MooncakeTest, ReadsEachLineAsARequest) {
  EXPECT_THAT(read(std::string(kFirst) + std::string(kSecond)),
              testing::ElementsAre(MooncakeRequest{milliseconds(0), 6758, 500},
                                   MooncakeRequest{milliseconds(3000), 7322, 490}));
}

TEST_F(MooncakeTest, TakesFractionsOfAMillisecondForeignKeysAndALastLineWithoutItsEnd) {
  EXPECT_THAT(read(R"({"session_id": "a", "hash_ids": [], "timestamp": 1.5, )"
                   R"("input_length": 1, "output_length": 2})"),
              testing::ElementsAre(MooncakeRequest{microseconds(1500), 1, 2}));
}

TEST_F(MooncakeTest, KeepsTheFirstLinesOnly) {
  EXPECT_EQ(read(std::string(kFirst) + std::string(kSecond), 1).size(), 1u);
}

TEST_F(MooncakeTest, ChecksLinesPastThoseItKeeps) {
  EXPECT_EQ(
      refusal(std::string(kFirst) + std::string(kSecond) + "null\n"),
      "3: null, expected one JSON object with timestamp, input_length, output_length, hash_ids");
}

TEST_F(MooncakeTest, RefusesALineThatWasCut) {
  EXPECT_EQ(
      refusal_of_line(R"({"timestamp": 27000, "input_len)"),
      "2: the line ends inside its JSON, expected one JSON object with timestamp, input_length, "
      "output_length, hash_ids");
}

TEST_F(MooncakeTest, RefusesAnEmptyLine) {
  EXPECT_EQ(
      refusal_of_line(""),
      "2: an empty line, expected one JSON object with timestamp, input_length, output_length, "
      "hash_ids");
}

TEST_F(MooncakeTest, PointsAtTheColumnOfBrokenJson) {
  EXPECT_EQ(refusal_of_line(R"({"timestamp": 27000; "input_length": 5})"),
            "2: broken JSON at column 20, expected one JSON object with timestamp, input_length, "
            "output_length, hash_ids");
}

TEST_F(MooncakeTest, RefusesLengthsThatAreNoCountOfTokens) {
  const auto with_input = [this](std::string_view input) {
    return refusal_of_line(R"({"timestamp": 1, "input_length": )" + std::string(input) +
                           R"(, "output_length": 9, "hash_ids": []})");
  };
  EXPECT_EQ(with_input("-5"), "2: input_length is -5, expected an integer from 1 to 100000000");
  EXPECT_EQ(with_input("0"), "2: input_length is 0, expected an integer from 1 to 100000000");
  EXPECT_EQ(with_input("12.5"), "2: input_length is 12.5, expected an integer from 1 to 100000000");
  EXPECT_EQ(with_input("100000001"),
            "2: input_length is 100000001, expected an integer from 1 to 100000000");
  EXPECT_EQ(with_input("99999999999999999999"),
            "2: input_length is 1e+20, expected an integer from 1 to 100000000");
  EXPECT_EQ(with_input("1e999"),
            "2: a number too large for a double, expected one JSON object with timestamp, "
            "input_length, output_length, hash_ids");
  EXPECT_EQ(with_input("\"6758\""),
            "2: input_length is \"6758\", expected an integer from 1 to 100000000");
  EXPECT_EQ(with_input("\"a text that is much too long to be shown in full\""),
            "2: input_length is \"a text that is much too long to be show..., "
            "expected an integer from 1 to 100000000");
  EXPECT_EQ(with_input("[9]"),
            "2: input_length is an array, expected an integer from 1 to 100000000");
  EXPECT_EQ(
      refusal_of_line(R"({"timestamp": 1, "input_length": 9, "output_length": 0, "hash_ids": []})"),
      "2: output_length is 0, expected an integer from 1 to 100000000");
}

TEST_F(MooncakeTest, NamesTheKeyThatIsMissing) {
  EXPECT_EQ(refusal_of_line(R"({"input_length": 9, "output_length": 9, "hash_ids": []})"),
            "2: timestamp is missing, expected milliseconds from 0 to 4e12");
  EXPECT_EQ(refusal_of_line(R"({"timestamp": 1, "output_length": 9, "hash_ids": []})"),
            "2: input_length is missing, expected an integer from 1 to 100000000");
  EXPECT_EQ(refusal_of_line(R"({"timestamp": 1, "input_length": 9, "hash_ids": []})"),
            "2: output_length is missing, expected an integer from 1 to 100000000");
  EXPECT_EQ(refusal_of_line(R"({"timestamp": 1, "input_length": 9, "output_length": 9})"),
            "2: hash_ids is missing, expected an array of integers from 0");
}

TEST_F(MooncakeTest, RefusesTimesThatGoBackwardsOrAreNone) {
  EXPECT_EQ(refusal(std::string(kSecond) + std::string(kFirst)),
            "2: timestamp is 0 ms, expected at least the 3000 ms of the line before");
  EXPECT_EQ(refusal_of_line(
                R"({"timestamp": -1, "input_length": 9, "output_length": 9, "hash_ids": []})"),
            "2: timestamp is -1, expected milliseconds from 0 to 4e12");
  EXPECT_EQ(refusal_of_line(R"({"timestamp": 1760428258635837, "input_length": 9})"),
            "2: timestamp is 1760428258635837, expected milliseconds from 0 to 4e12");
}

TEST_F(MooncakeTest, RefusesHashIdsThatAreNoBlocks) {
  EXPECT_EQ(refusal_of_line(
                R"({"timestamp": 1, "input_length": 9, "output_length": 9, "hash_ids": [1, -2]})"),
            "2: hash_ids[1] is -2, expected an array of integers from 0");
  EXPECT_EQ(
      refusal_of_line(R"({"timestamp": 1, "input_length": 9, "output_length": 9, "hash_ids": 5})"),
      "2: hash_ids is 5, expected an array of integers from 0");
}

TEST_F(MooncakeTest, RefusesDeepNestingWithoutFallingIntoIt) {
  EXPECT_EQ(refusal_of_line(std::string(200'000, '[') + std::string(200'000, ']')),
            "2: an array, expected one JSON object with timestamp, input_length, output_length, "
            "hash_ids");
}

TEST_F(MooncakeTest, RefusesALineWithoutAnEnd) {
  EXPECT_EQ(refusal(std::string(kFirst) + std::string(5'000'000, ' ')),
            "2: a line of 4194304 bytes or more, expected one request a line");
}

TEST_F(MooncakeTest, RefusesAnEmptyFile) {
  EXPECT_EQ(refusal(""), "1: an empty file, expected a Mooncake trace: one JSON object a line");
}

TEST_F(MooncakeTest, RefusesWhatIsNoFile) {
  const auto refusal_of = [](const std::filesystem::path& path) -> std::string {
    try {
      read_mooncake(path, 0);
    } catch (const InputError& error) {
      return error.what();
    }
    return "was read";
  };
  EXPECT_EQ(refusal_of("no/such/trace.jsonl"),
            "no/such/trace.jsonl: no such file, expected a Mooncake trace");
  EXPECT_EQ(refusal_of("workloads"), "workloads: a folder, expected a Mooncake trace");
}

TEST_F(MooncakeTest, ReadsTheRealTrace) {
  const std::filesystem::path real = "../shared/data/traces/mooncake_conversation.jsonl";
  if (!std::filesystem::exists(real)) GTEST_SKIP() << real << " is missing";
  const std::vector<MooncakeRequest> requests = read_mooncake(real, 0);
  EXPECT_EQ(requests.size(), 12'031u);
  EXPECT_EQ(requests.back().timestamp, milliseconds(3'536'999));
}

}  // namespace
}  // namespace splitbench
